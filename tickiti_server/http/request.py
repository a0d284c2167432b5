"""One request on its way through the pipeline."""

from dataclasses import dataclass

from starlette.types import Receive, Scope

from tickiti_server.call import NOBODY, Caller
from tickiti_server.callers import Admitted

CONNECTION = "tickiti.connection"
"""In the scope: the transport that the reply is written to."""


@dataclass(slots=True)
class Exchange:
    """What is known of it so far."""

    scope: Scope
    receive: Receive
    request_id: str
    began: float
    admitted: Admitted | None = None
    """Whose token it carries, unless the route is public."""

    key: str | None = None

    @property
    def caller(self) -> Caller:
        return self.admitted.known.caller if self.admitted else NOBODY

    @property
    def lane(self) -> object:
        """Who asks, as far as fairness is concerned: a family of tokens, or an address."""
        return self.caller.family_id if self.admitted else self.address

    def hang_up(self) -> None:
        """At once, whatever the client has not read yet."""
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
        """Every value of a header, as sent."""
        return [value for header, value in self.scope["headers"] if header == name]
