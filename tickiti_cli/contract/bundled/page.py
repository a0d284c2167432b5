"""The link that opens the server's page in a browser; only on the bundled server."""

from enum import StrEnum

from tickiti_cli.contract.endpoint import Ability, Endpoint, Role

ROOT = "/_tickiti/page"
"""The path of the page, with which the paths of its views begin."""


class View(StrEnum):
    """A view of the page, by the part of its path below ROOT."""

    TICKETS = "tickets"
    OUTBOX = "outbox"
    REQUESTS = "requests"
    CALLBACKS = "callbacks"
    TOKENS = "tokens"
    FAULTS = "faults"


link = Endpoint(
    name="page.link",
    path=f"{ROOT}/link",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.ADMIN,
    empty_body=True,
)

ROWS = (link,)
