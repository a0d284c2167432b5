"""The interface of both token APIs: the bundled server's own, and the vendor's of October 2026."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

Row = dict[str, Any]
"""A token as the bundled server shows it: `id` a number, `name`, `status`, `family`, `abilities`,
`allowed_ip`, `created_at`, `last_used_at`, `expires_at`, `overlap_until`. A member that a server
does not send is None."""


class Listed(NamedTuple):
    """The tokens of a server, and the server's clock."""

    rows: list[Row]
    date: str | None
    """The Date header of the reply."""


class BackEnd(Protocol):
    """One token API. Every method raises ApiError and NotOffered."""

    @property
    def is_vendor(self) -> bool:
        """True if an old token lives until it is revoked, because overlaps do not end by
        themselves."""
        ...

    def list(self, request: Mapping[str, Any] = ...) -> Listed:
        """List the tokens, never their secrets."""
        ...

    def own(self) -> Row:
        """Return the token in use."""
        ...

    def mint(self, request: Mapping[str, Any]) -> Row:
        """Make a token. The row holds the secret as `token`. `preset`: those of `abilities` that
        may be left out. Raises ForeignReply with unknown outcome for a reply without a secret."""
        ...

    def rotate(self, old: Mapping[str, Any], request: Mapping[str, Any]) -> Row:
        """Make the successor of a token, with its secret as `token`."""
        ...

    def revoke(self, ids: Sequence[int], *, reinstates: bool = False) -> Sequence[Row]:
        """Revoke tokens. `reinstates` takes back the end of a rotated token."""
        ...

    def retire(self, token_id: int, request: Mapping[str, Any]) -> Row:
        """End the old token of a rotation."""
        ...

    def edit(self, token_id: int, changes: Mapping[str, Any]) -> Row:
        """Change the name, the abilities or the allowed addresses of a token."""
        ...

    def confirm_new(self, minted: Mapping[str, Any], sender: Any) -> object:
        """Ask with the new token who the caller is; the id that the server names, None where it
        names none."""
        ...
