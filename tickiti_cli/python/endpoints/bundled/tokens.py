"""Token management under `/_tickiti/`; only on the bundled server.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class Tokens(Group):
    """`client.tokens`."""

    def index(self, **body: Unpack[types.ListTokens]) -> types.Tokens:
        """List tokens, without their secrets.

        Example::

            client.tokens.index(status="active")
        """
        return self._call("tokens.index", body)

    def mint(self, **body: Unpack[types.Mint]) -> types.MintedToken:
        """Create a token. The token is only in this reply.

        Example::

            client.tokens.mint(
                name="sales-portal", abilities=["create-ticket"], allowed_ip="127.0.0.0/8"
            )
        """
        return self._call("tokens.mint", body)

    def rotate(self, **body: Unpack[types.Rotate]) -> types.MintedToken:
        """Rotate a token: create its successor; the old one stays valid for the overlap.

        Example::

            client.tokens.rotate(id=14, overlap_seconds=86400, abilities=["create-ticket"])
        """
        return self._call("tokens.rotate", body)

    def edit(self, **body: Unpack[types.EditToken]) -> types.Token:
        """Change a token's name, abilities or allowed addresses. The next request sees it.

        Example::

            client.tokens.edit(
                id=14, name="web-shop", abilities=["create-ticket"], allowed_ip="127.0.0.0/8, ::1"
            )
        """
        return self._call("tokens.edit", body)

    def retire(self, **body: Unpack[types.Retire]) -> types.Token:
        """End the overlap of a rotated token now.

        For a token that is no longer valid this changes nothing.

        Example::

            client.tokens.retire(id=14, if_idle=3600)
        """
        return self._call("tokens.retire", body)

    def revoke(self, **body: Unpack[types.Revoke]) -> types.Tokens:
        """Revoke tokens: all of them, or none if one is unknown.

        Revoking twice succeeds.

        Example::

            client.tokens.revoke(ids=[14])
        """
        return self._call("tokens.revoke", body)

    def prune(self) -> types.Tokens:
        """Delete the tokens that have been invalid for 30 days. Their ids are never used again.

        Example::

            client.tokens.prune()
        """
        return self._call("tokens.prune", {})

    def audit(self, **body: Unpack[types.ListAudit]) -> types.Audit:
        """List the audit log of tokens, newest first. It contains no secrets.

        Example::

            client.tokens.audit(limit=20)
        """
        return self._call("tokens.audit", body)

    def audit_all(self, **body: Unpack[types.ListAudit]) -> Iterator[types.AuditEntry]:
        """Yield every row of `audit`, page by page.

        Example::

            for row in client.tokens.audit_all():
                print(row)
        """
        return self._rows("tokens.audit", body, member="audit", size="limit")

    def self(self) -> types.OwnToken:
        """Show the token in use.

        Example::

            client.tokens.self()
        """
        return self._call("tokens.self", {})
