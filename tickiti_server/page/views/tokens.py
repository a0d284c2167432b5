"""The view of tokens: what each may do, and when it was last used. Their secrets are not stored."""

from tickiti_cli.contract.endpoint import Ability
from tickiti_server.api.call import Call
from tickiti_server.api.tokens import tokens
from tickiti_server.api.tokens.bodies.tokens import ListTokens
from tickiti_server.page.templating import Asked, Shown


def index(call: Call, asked: Asked) -> Shown:  # noqa: ARG001 - there are no filters
    rows = tokens.index(call, ListTokens())["tokens"]
    rows.sort(key=lambda row: (row["status"] not in ("active", "overlap"), row["id"]))
    return Shown("tokens.html", {"tokens": rows, "abilities": len(Ability)})
