"""The endpoint that makes a link to the server's page."""

from typing import Annotated
from urllib.parse import urlencode

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract.bundled import page as contract
from tickiti_cli.contract.errors import NotFound
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.auth.page_sessions import LINK_SECONDS
from tickiti_server.validation.fields import Body


class MakeLink(Body):
    view: Annotated[
        contract.View, Field(description="The view that the link opens.", examples=["outbox"])
    ] = contract.View.TICKETS


class Link(TypedDict):
    path: Annotated[
        str,
        Field(
            description="Add it to the base URL of the server.",
            examples=[f"{contract.ROOT}/open?code=Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"],
        ),
    ]
    expires_in: Annotated[int, Field(description="Seconds.", examples=[LINK_SECONDS])]


@handles(contract.link, refuses=(NotFound,))
def link(call: Call, body: MakeLink) -> Link:
    """Create a one-time link that opens the server's page in a browser.

    The page shows what the token may see, until the token ends. A server that other machines reach
    has the page only if it was started with --page; otherwise the link does not exist.
    """
    if call.page_sessions is None:
        raise NotFound(
            "This server has no page: other machines reach it, and it was started without --page."
        )
    code = call.page_sessions.make_link(call.caller.token_id, body.view)
    path = f"{contract.ROOT}/open?{urlencode({'code': code})}"
    return {"path": path, "expires_in": LINK_SECONDS}
