"""Hashtags of the v1 API: the marks of tickets."""

from tickiti_cli.contract.v1 import settings as contract
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.done import Done
from tickiti_server.api.handler import handles
from tickiti_server.api.settings.bodies.hashtags import FindTag, Hashtag
from tickiti_server.store.helpdesk import hashtags as stored


@handles(contract.hashtags_index)
def index(call: Call) -> list[Hashtag]:
    """List the hashtags of the tickets that you may view, by name."""
    seen = rights.conditions_of(call)
    rights.narrow(call, seen)
    rows = stored.count_hashtags(call.tx, seen)
    return [{"tag": row["tag"], "count": row["found"]} for row in rows]


@handles(contract.hashtags_delete)
def delete(call: Call, body: FindTag) -> Done:
    """Remove a hashtag from all tickets. Deleting an unknown one succeeds."""
    stored.delete_hashtag(call.tx, body.tag)
    return {"ok": True}
