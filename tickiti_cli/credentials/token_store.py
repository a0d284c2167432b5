"""Stores the token of a profile, in `credentials.toml` or in the system's keyring.

Rule: the token is in one of the two stores, never in both. Its id and its end are not secret and
always stand in `credentials.toml`.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from tickiti_cli.credentials import keyring
from tickiti_cli.credentials.credentials_file import Credentials
from tickiti_cli.errors import ConfigProblem, LockedOut

if TYPE_CHECKING:  # `ticket create` does not load it
    from tickiti_cli.contract.files.database_location import Location

SECRETS = ("token", "previous")
TOKEN_MEMBERS = ("secret", "token_command")
"""Members of a profile that name the source of its token; a profile has at most one."""


class Store(StrEnum):
    FILE = "file"
    KEYRING = "keyring"
    COMMAND = "command"


def store_of(members: Mapping[str, Any]) -> Store:
    """Returns the store that a profile names."""
    if members.get("token_command"):
        return Store.COMMAND
    return Store(members.get("secret", Store.FILE))


class TokenStore(NamedTuple):
    """One profile's `token`, `token_id`, `expires_at`, and the `previous` token."""

    profile: str
    credentials: Credentials
    is_keyring: bool = False

    @property
    def token(self) -> str | None:
        return self._found("token")

    @property
    def previous(self) -> str | None:
        """The token before the last rotation, until the new one has been confirmed."""
        return self._found("previous")

    @property
    def is_filled(self) -> bool:
        """True if the store has a token, as `credentials.toml` shows without a call to a
        keyring."""
        known = self.credentials.find(self.profile)
        return bool(known if self.is_keyring else known.get("token"))

    @property
    def members(self) -> dict[str, str]:
        """Members that a profile needs so that its token is read from this store."""
        return {"secret": Store.KEYRING.value} if self.is_keyring else {}

    def keep(self, secret: Mapping[str, Any]) -> None:
        """Replaces the secrets of the profile. Raises ConfigProblem."""
        if self.is_keyring:
            for name in reversed(SECRETS):
                self._put(name, secret.get(name))
            secret = {name: value for name, value in secret.items() if name not in SECRETS}
        self.credentials.store(self.profile, secret)

    def copy_to(self, profile: str) -> None:
        """Copies all members to another profile, in the same kind of store."""
        secrets = {name: found for name in SECRETS if (found := self._found(name))}
        secret = {**self.credentials.find(self.profile), **secrets}
        copy = self._replace(profile=profile)
        if secret:
            copy.keep(secret)
        else:
            copy.forget()

    def copy_all_to(self, profile: str) -> None:
        """Copies the spare tokens of other databases as well."""
        self.copy_to(profile)
        for spare in self._spares():
            spare.copy_to(spare.profile.replace(self.profile, profile, 1))

    def spare(self, database: "Location") -> "TokenStore":
        """Returns the store of the token of another database of a bundled server, for a later
        return to that database. The tab keeps its name apart from every profile."""
        return self._replace(profile=f"{self.profile}\t{database}")

    def forget(self) -> bool:
        """Removes all tokens of the profile. Returns whether there was one.

        The file comes first, because it is the one that can be put back: neither a read-only file
        nor a locked keyring leaves a profile with half of its token. Raises ConfigProblem.
        """
        for spare in self._spares():
            spare.forget()
        put_back = self.credentials.restorer(self.profile)
        was_there = self.credentials.forget(self.profile)
        try:
            return self.empty_keyring() or was_there
        except BaseException:
            put_back()
            raise

    def _spares(self) -> "list[TokenStore]":
        names = (name for name in self.credentials.names() if name.startswith(f"{self.profile}\t"))
        return [self._replace(profile=name) for name in names]

    def empty_keyring(self) -> bool:
        """Removes the secrets from a keyring. Returns whether there were any."""
        if not self.is_keyring:
            return False
        removed = [keyring.remove(self._entry(name)) for name in SECRETS]
        return any(removed)

    def forget_previous(self, confirmed: str) -> None:
        """Removes the token before `confirmed`, which a server has accepted, unless a rotation has
        replaced `confirmed`."""
        if self.is_keyring:
            if self.token == confirmed:
                keyring.remove(self._entry("previous"))
            return
        self.credentials.change(
            self.profile,
            lambda known: _without(known, "previous") if known.get("token") == confirmed else known,
        )

    def note_end(self, expires_at: str | None) -> None:
        """Stores the end of the token, as its server reports it. An error of the file is ignored,
        because only the warning of the end depends on it."""
        end = {"expires_at": expires_at} if expires_at else {}

        def ended(known: Mapping[str, Any]) -> dict[str, Any]:
            return {**_without(known, "expires_at"), **end}

        known = self.credentials.find(self.profile)
        if ended(known) != known:
            with suppress(ConfigProblem, LockedOut):
                self.credentials.change(self.profile, ended)

    def restorer(self) -> Callable[[], object]:
        """Returns a function that restores the present state to the byte. Raises ConfigProblem.

        An entry that has not changed is not written: the keyring that has just refused the new
        token would refuse the old one too, and the old one would count as lost.
        """
        file = self.credentials.restorer(self.profile)
        if not self.is_keyring:
            return file
        entries = {name: self._found(name) for name in SECRETS}

        def put_back() -> None:
            for name, value in entries.items():
                if self._found(name) != value:
                    self._put(name, value)
            file()

        return put_back

    def _found(self, name: str) -> str | None:
        if self.is_keyring:
            return keyring.read(self._entry(name)) or None
        return self.credentials.text_of(self.profile, name)

    def _put(self, name: str, value: object) -> None:
        if value:
            keyring.write(self._entry(name), str(value))
        else:
            keyring.remove(self._entry(name))

    def _entry(self, name: str) -> str:
        return self.profile if name == "token" else f"{self.profile} ({name})"


def _without(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in table.items() if key != name}
