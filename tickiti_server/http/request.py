"""The state of one request in the pipeline."""

from dataclasses import dataclass

from starlette.types import Receive, Scope

from tickiti_server.auth.caller import NOBODY, Caller
from tickiti_server.auth.token_cache import Authenticated

CONNECTION = "tickiti.connection"
"""Key in the scope of the transport that the reply is written to."""


@dataclass(slots=True)
class RequestContext:
    """The state of a request in the pipeline; later steps fill in more."""

    scope: Scope
    receive: Receive
    request_id: str
    began: float
    authenticated: Authenticated | None = None
    """The token of the request; None on a public route."""

    caller: Caller = NOBODY
    key: str | None = None

    @property
    def lane(self) -> object:
        """The lane in which slow reads take turns: one for each token family or address."""
        return self.caller.family_id if self.authenticated else self.address

    def hang_up(self) -> None:
        """Abort the connection at once, even if the client has not read everything."""
        if connection := self.scope.get(CONNECTION):
            connection.abort()

    @property
    def path(self) -> str:
        return str(self.scope["path"])

    @property
    def address(self) -> str:
        client = self.scope.get("client")
        return client[0] if client else ""

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header, as sent. `name` is in lower case."""
        return [value for header, value in self.scope["headers"] if header == name]
