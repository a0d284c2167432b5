"""The storage: how long delivered mail is kept, and closed tickets that are deleted for good."""

from typing import NamedTuple

from tickiti_cli.contract.v1 import administration as contract
from tickiti_server.api.administration.bodies.storage import DeleteClosed, Deleted, SetRetention
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.clock import DAY, Microseconds
from tickiti_server.store.access import settings
from tickiti_server.store.access.system_settings import set_system_settings
from tickiti_server.store.operations import closed


@handles(contract.storage_retention)
def retention(call: Call, body: SetRetention) -> Done:
    """Set how long delivered mail is kept. Older mail is forgotten in the background."""
    set_system_settings(call.tx, body.model_dump())
    return DONE


class _Old(NamedTuple):
    """The number of closed tickets that nobody has touched since `before`; a reader counts them."""

    before: Microseconds
    found: int


def _count(call: Call, body: DeleteClosed) -> _Old:
    before = call.now - body.older_than_days * DAY
    return _Old(before, closed.count_closed_tickets(call.tx, before=before))


@handles(contract.storage_delete_closed, prepare=_count)
def delete_closed(call: Call, body: DeleteClosed, old: _Old) -> Deleted:  # noqa: ARG001
    """Delete closed tickets that nobody has touched for that long, with their responses, for good.

    The first 20 are gone with the reply, the others within the next seconds or minutes, also over a
    restart; one that somebody reopens before that stays. Their numbers are never given again.
    """
    deleted = closed.delete_closed_tickets(call.tx, before=old.before)
    if deleted == closed.BATCH:
        _go_on(call, old.before)
    return {"ok": True, "deleted": max(old.found, deleted)}


def _go_on(call: Call, before: Microseconds) -> None:
    """Let the periodic purge delete the other tickets, and those of an earlier request too."""
    asked = settings.find_setting(call.tx, settings.CLOSED_BEFORE)
    latest = before if asked is None else max(before, int(asked))
    settings.set_setting(call.tx, settings.CLOSED_BEFORE, str(latest))
