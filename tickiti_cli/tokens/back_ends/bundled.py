"""The bundled server's token API: `/_tickiti/tokens`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tickiti_cli.api.client import Client
from tickiti_cli.contract.bundled import tokens
from tickiti_cli.tokens.back_ends.back_end import Listed, Row
from tickiti_cli.tokens.back_ends.secret import row_with_secret

LIFE = timedelta(days=90)
"""The life of a token without another expiry: long enough for an integration between two rotations,
short enough for a token that is forgotten somewhere."""


class BundledTokens:
    """Tokens with families, overlaps, expiry and an audit."""

    is_vendor = False

    def __init__(self, client: Client) -> None:
        self._client = client

    def list(self, request: Mapping[str, Any] = {}) -> Listed:
        reply = self._client.call(tokens.index, dict(request))
        return Listed(reply.data["tokens"], reply.header("date"))

    def own(self) -> Row:
        found: Row = self._client.call(tokens.self_, {}).data
        return found

    def mint(self, request: Mapping[str, Any]) -> Row:
        """Make a token, which ends after LIFE unless the request has an `expires_at`. An
        `expires_at` of None makes a token without an end."""
        end = (datetime.now(UTC) + LIFE).isoformat(timespec="seconds")
        wanted = {"expires_at": end, **request}
        unsent = {"preset"} | {name for name, value in wanted.items() if value is None}
        body = {name: value for name, value in wanted.items() if name not in unsent}
        return row_with_secret(self._client.call(tokens.mint, body).accepted)

    def rotate(self, old: Mapping[str, Any], request: Mapping[str, Any]) -> Row:
        body = {"id": old["id"], **request}
        return row_with_secret(self._client.call(tokens.rotate, body).accepted)

    def revoke(self, ids: Sequence[int], *, reinstates: bool = False) -> Sequence[Row]:
        body = {"ids": [*ids]} | ({"reinstate": True} if reinstates else {})
        return self._client.call(tokens.revoke, body).accepted.rows("tokens")

    def retire(self, token_id: int, request: Mapping[str, Any]) -> Row:
        return self._client.call(tokens.retire, {"id": token_id, **request}).accepted

    def edit(self, token_id: int, changes: Mapping[str, Any]) -> Row:
        return self._client.call(tokens.edit, {"id": token_id, **changes}).accepted

    def confirm_new(self, minted: Mapping[str, Any], sender: Any) -> object:  # noqa: ARG002
        return sender.call(tokens.self_, {}).data["id"]
