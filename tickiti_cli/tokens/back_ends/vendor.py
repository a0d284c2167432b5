"""The vendor's token API of October 2026: `administration/api-tokens`.

A token there has no expiry and no family. The old token of a rotation lives until it is revoked.
The calling token grants only abilities that it holds itself.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tickiti_cli.api.client import Client
from tickiti_cli.contract.token_format import split_token
from tickiti_cli.contract.v1 import administration, open_routes
from tickiti_cli.errors import Lacking, NothingFound, NotOffered
from tickiti_cli.tokens.back_ends.back_end import Listed, Row
from tickiti_cli.tokens.back_ends.secret import row_with_secret

SYSTEM = "system"
NO_END = "Tokens of this server never expire: omit --expires, and revoke the token when it is due."


class VendorTokens:
    """Tokens as the web interface's page Administration -> API keys shows them."""

    is_vendor = True

    def __init__(
        self, client: Client, token: Callable[[], str], remark: Callable[[str], None]
    ) -> None:
        self._client = client
        self._token = token
        self._remark = remark

    def list(self, request: Mapping[str, Any] = {}) -> Listed:
        """Raises NotOffered for a filter by time: these tokens have no end that is known."""
        if request.get("expiring_within") is not None:
            raise NotOffered(
                "Tokens of this server never expire, so --expiring and --unused-for do not apply."
            )
        reply = self._client.call(administration.api_tokens_index, {})
        rows = [_row(found) for found in reply.rows("tokens")]
        return Listed(rows, reply.header("date"))

    def own(self) -> Row:
        """Return the row of the token in use. Raises NothingFound for a token without a number."""
        split = split_token(self._token())
        for row in self.list().rows:
            if split is not None and row["id"] == split[0]:
                return row
        raise NothingFound("The server's list does not contain the token in use.")

    def mint(self, request: Mapping[str, Any]) -> Row:
        """Raises NotOffered for --expires, NothingFound for an unknown --user, Lacking where the
        token in use may grant nothing of the preset."""
        if request.get("expires_at"):
            raise NotOffered(NO_END)
        body = {
            "name": request["name"],
            "owner": self._owner_of(request.get("user")),
            "abilities": self._grantable(request["abilities"], request.get("preset", ())),
        }
        if request.get("allowed_ip"):
            body["allowed_ip"] = request["allowed_ip"]
        made = row_with_secret(self._client.call(administration.api_tokens_create, body).accepted)
        return {**_row(body), "id": made["id"], "token": made["token"]}

    def rotate(self, old: Mapping[str, Any], request: Mapping[str, Any]) -> Row:
        """Make a token with the name, owner, abilities and allowed addresses of `old`."""
        if not old.get("abilities"):
            raise NotOffered(f"The server does not report the abilities of token {old['id']}.")
        owner = old.get("owner")
        body = {
            "name": old["name"],
            "owner": SYSTEM
            if not isinstance(owner, Mapping) or owner.get("is_system")
            else owner["id"],
            "abilities": old["abilities"],
            "allowed_ip": old.get("allowed_ip"),
        }
        if request.get("expires_at"):
            raise NotOffered(NO_END)
        body = {name: value for name, value in body.items() if value is not None}
        made = row_with_secret(self._client.call(administration.api_tokens_create, body).accepted)
        return {**_row(body), "id": made["id"], "token": made["token"]}

    def revoke(self, ids: Sequence[int], *, reinstates: bool = False) -> Sequence[Row]:  # noqa: ARG002
        for token_id in ids:
            self._client.call(administration.api_tokens_revoke, {"id": token_id})
        return [{"id": token_id, "status": "revoked"} for token_id in ids]

    def retire(self, token_id: int, request: Mapping[str, Any]) -> Row:
        """Revoke the old token, because no overlap ends by itself. Raises NotOffered for
        --if-idle."""
        if request:
            raise NotOffered("This server does not report when a token was last used.")
        return dict(self.revoke([token_id])[0])

    def edit(self, token_id: int, changes: Mapping[str, Any]) -> Row:
        self._client.call(administration.api_tokens_update, {"id": token_id, **changes})
        return next((row for row in self.list().rows if row["id"] == token_id), {"id": token_id})

    def confirm_new(self, minted: Mapping[str, Any], sender: Any) -> object:  # noqa: ARG002
        data = sender.call(open_routes.token, {}).bare
        token = data.get("token") if isinstance(data, Mapping) else None
        told = str(token.get("id")) if isinstance(token, Mapping) else ""
        return int(told) if told.isdecimal() else None

    def _grantable(self, wanted: Sequence[str], preset: Sequence[str]) -> Sequence[str]:
        """Leave out the abilities that only a preset asks for and that the token in use does not
        hold, because it cannot grant them. An ability that a flag names is left in, and the server
        refuses it."""
        body = self._client.call(administration.api_tokens_index, {}).body if preset else {}
        known = body.get("grantable_abilities") if isinstance(body, dict) else None
        if not isinstance(known, list):
            return wanted
        left_out = [ability for ability in wanted if ability in preset and ability not in known]
        if len(left_out) == len(wanted):
            raise Lacking(f"The token in use may not grant: {', '.join(left_out)}.")
        if left_out:
            self._remark(f"Left out, as the token in use may not grant it: {', '.join(left_out)}.")
        return [ability for ability in wanted if ability not in left_out]

    def _owner_of(self, email: str | None) -> object:
        if email is None:
            return SYSTEM
        for user in self._client.call(administration.users_index, {}).rows("users"):
            if str(user.get("email", "")).casefold() == email.casefold():
                return user["id"]
        raise NothingFound(f"There is no user '{email}'.", hint="See: tickiti user list")


def _row(found: Mapping[str, Any]) -> Row:
    """A row in the bundled server's members. The vendor lists live tokens alone."""
    told = str(found.get("id", ""))
    return {
        "id": int(told) if told.isdecimal() else None,
        "name": found.get("name"),
        "status": "active",
        "family": None,
        "abilities": found.get("abilities"),
        "allowed_ip": found.get("allowed_ip"),
        "owner": found.get("owner"),
        "created_at": found.get("created_at"),
        "last_used_at": found.get("last_used_at"),
        "expires_at": found.get("expires_at"),
        "overlap_until": None,
    }
