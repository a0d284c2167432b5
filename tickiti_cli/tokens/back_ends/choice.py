"""Chooses the token API of the server in use by its first answer.

The bundled server answers under `/_tickiti/`; the vendor's product has no such path, and nothing
has happened there. A token of the bundled server that may not manage tokens, but may administer,
uses the vendor's routes.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from tickiti_cli.contract.errors import Forbidden, MissingAbility, NotFound
from tickiti_cli.errors import NotOffered
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens.back_ends.back_end import BackEnd, Listed, Row
from tickiti_cli.tokens.back_ends.bundled import BundledTokens
from tickiti_cli.tokens.back_ends.memory import Memory
from tickiti_cli.tokens.back_ends.vendor import VendorTokens

Result = TypeVar("Result")


class ChosenBackEnd:
    """The bundled server's token API, or the vendor's once the server has shown that it has it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._bundled: BackEnd = BundledTokens(runtime.client)
        self._vendor: BackEnd = VendorTokens(
            runtime.client, lambda: runtime.config.token, runtime.output.remark
        )
        self._memory = Memory(runtime)
        self._chosen: BackEnd | None = None
        self._live: dict[int, Any] | None = None
        """The names of the live tokens by id, once all tokens were listed."""

    @property
    def is_vendor(self) -> bool:
        return self._chosen is not None and self._chosen.is_vendor

    def list(self, request: Mapping[str, Any] = {}) -> Listed:
        listed = self._first(lambda back_end: back_end.list(request))
        if not request:
            self._live = {
                int(row["id"]): row.get("name")
                for row in listed.rows
                if row["status"] in ("active", "overlap")
            }
            self._keep_names()
        return listed

    def _keep_names(self) -> None:
        """TAB offers the names of the tokens that live."""
        if self._live is not None:
            self._runtime.client.names.keep("token", self._live.values())

    def own(self) -> Row:
        return self._first(lambda back_end: back_end.own())

    def mint(self, request: Mapping[str, Any]) -> Row:
        minted = self._first(lambda back_end: back_end.mint(request))
        self._runtime.client.names.add("token", request["name"])
        return minted

    def rotate(self, old: Mapping[str, Any], request: Mapping[str, Any]) -> Row:
        return self._first(lambda back_end: back_end.rotate(old, request))

    def revoke(self, ids: Sequence[int], *, reinstates: bool = False) -> Sequence[Row]:
        revoked = self._first(lambda back_end: back_end.revoke(ids, reinstates=reinstates))
        self._live = {key: name for key, name in (self._live or {}).items() if key not in ids}
        self._keep_names()
        return revoked

    def retire(self, token_id: int, request: Mapping[str, Any]) -> Row:
        return self._first(lambda back_end: back_end.retire(token_id, request))

    def edit(self, token_id: int, changes: Mapping[str, Any]) -> Row:
        edited = self._first(lambda back_end: back_end.edit(token_id, changes))
        if new := changes.get("name"):
            old = (self._live or {}).get(token_id)
            self._runtime.client.names.change("token", old, new)
        return edited

    def confirm_new(self, minted: Mapping[str, Any], sender: Any) -> object:
        return self._first(lambda back_end: back_end.confirm_new(minted, sender))

    def _first(self, act: Callable[[BackEnd], Result]) -> Result:
        """Act on the chosen API; the first answer of the server chooses it."""
        if self._chosen is not None:
            return act(self._chosen)
        if self._memory.is_vendor:
            try:
                found = act(self._vendor)
            except NotOffered:
                self._memory.forget()  # the address may lead to a bundled server by now
            else:
                self._chosen = self._vendor
                return found
        try:
            found = act(self._bundled)
        except NotOffered as error:
            return self._by_vendor(act, error)
        except MissingAbility as error:
            return self._by_vendor(act, error)
        self._chosen = self._bundled
        return found

    def _by_vendor(self, act: Callable[[BackEnd], Result], first: Exception) -> Result:
        """Act on the vendor's API. If the vendor's API is not offered or not allowed either,
        `first` is raised again."""
        try:
            found = act(self._vendor)
        except (NotOffered, NotFound) as error:  # an install from before October 2026
            raise first from error
        except Forbidden as error:
            if isinstance(first, MissingAbility):
                raise first from error
            raise
        self._chosen = self._vendor
        if isinstance(first, NotOffered):
            self._memory.note()
        else:
            self._runtime.output.remark(
                "This token may not manage tokens: the vendor's routes are used, which know no "
                "expiry, no overlap and no audit."
            )
        return found
