"""Which server, which token, which settings: flags, environment and files in one order.

    1. flags            2. environment      3. project file `.tickiti.toml`
    4. user config.toml                     5. system config.toml

A token from the environment goes only to a base URL from the environment or a flag, and a stored
one only to its profile's: a token never follows another server's address.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from tickiti_cli import locations, project, token_sources
from tickiti_cli.addresses import checked_url
from tickiti_cli.credentials import Credentials, alone_with, write_private
from tickiti_cli.errors import ConfigProblem, NoToken, UsageProblem
from tickiti_cli.globals import Globals
from tickiti_cli.layers import (
    DEFAULT_API,
    PROJECT_MEMBERS,
    USER_MEMBERS,
    Layer,
    in_style_of,
    text_of,
)
from tickiti_cli.nearest import nearest
from tickiti_cli.settings import BUILT_IN, SETTINGS, Value, value_of, value_of_variable
from tickiti_cli.stores import TOKEN_MEMBERS, Store, TokenStore, store_of
from tickiti_cli.token_sources import Found


class Connection(NamedTuple):
    """Where to send requests. `profile` is None where no profile is involved."""

    base_url: str
    origin: str
    profile: str | None = None
    members: Mapping[str, Any] = MappingProxyType({})

    @property
    def api(self) -> str:
        """One of APIS."""
        return str(self.members.get("api", DEFAULT_API))


class Config:
    """What the files, the environment and the flags say, read when first asked."""

    def __init__(
        self,
        flags: Globals,
        environ: Mapping[str, str],
        remark: Callable[[str], object] = lambda _: None,
    ) -> None:
        """`remark` is told which project files are ignored."""
        self._flags = flags
        self._environ = environ
        self._remark = remark

    @cached_property
    def directory(self) -> Path:
        return locations.config_dir(self._environ)

    @property
    def path(self) -> Path:
        return self.directory / locations.CONFIG_FILE

    @cached_property
    def credentials(self) -> Credentials:
        return Credentials(self.directory / locations.CREDENTIALS_FILE)

    @cached_property
    def _user(self) -> Layer:
        return Layer.read(self.path, USER_MEMBERS)

    @cached_property
    def _system(self) -> Layer:
        return Layer.read(locations.system_file(self._environ), USER_MEMBERS)

    @cached_property
    def _project(self) -> Layer:
        found = project.find(self._environ, locations.current_folder(), self._remark)
        return Layer.of(found.path, found.text, PROJECT_MEMBERS)

    @property
    def profiles(self) -> dict[str, Mapping[str, Any]]:
        return {**self._system.profiles, **self._user.profiles}

    @property
    def system_profiles(self) -> Mapping[str, Any]:
        """Those that the administrator has given to all users."""
        return self._system.profiles

    @property
    def default_profile(self) -> str | None:
        found = self._from_files("default_profile")
        return str(found.value) if found else None

    @cached_property
    def connection(self) -> Connection:
        """Raises ConfigProblem where nothing says which server to use."""
        if self._connection is None:
            raise ConfigProblem(
                "No Tickiti server is configured.",
                hint="Start the bundled one with `tickiti server start`, "
                "or name yours with `tickiti auth login`.",
            )
        return self._connection

    @cached_property
    def _connection(self) -> Connection | None:
        if name := self._flags.profile:
            return self._flagged(self._of_profile(name, "--profile"))
        if self._flags.base_url:
            return Connection(checked_url(self._flags.base_url, "--base-url"), "--base-url")
        if base := self._environ.get(locations.API_BASE):
            return Connection(checked_url(base, locations.API_BASE), locations.API_BASE)
        chosen = self._chosen_profile()
        return self._of_profile(chosen.value, chosen.origin) if chosen else None

    def _flagged(self, named: Connection) -> Connection:
        """--profile and --base-url may stand together only if they mean the same server."""
        given = self._flags.base_url
        if given and checked_url(given, "--base-url") != named.base_url:
            raise UsageProblem(
                f"--base-url {given} is not the server of profile '{named.profile}', "
                f"{named.base_url}, and its token goes nowhere else.",
                hint="Leave one of the two out, or give the token with --token-file.",
            )
        return named

    def _chosen_profile(self) -> Value | None:
        if name := self._environ.get(locations.PROFILE):
            return Value(name, locations.PROFILE)
        if name := self._project.members.get("profile"):
            return Value(name, str(self._project.path))
        return self._from_files("default_profile")

    def _from_files(self, member: str) -> Value | None:
        layers = (self._user, self._system)
        found = (Value(layer.members.get(member), str(layer.path)) for layer in layers)
        return next((value for value in found if value.value), None)

    def _of_profile(self, name: str, origin: str) -> Connection:
        members = self.profiles.get(name)
        if members is None:
            known = ", ".join(sorted(self.profiles)) or "none"
            there = f"{origin}: there" if origin else "There"
            raise ConfigProblem(
                f"{there} is no profile '{name}' (known: {known}).{nearest(name, self.profiles)}"
            )
        if "base_url" not in members:
            raise ConfigProblem(f"{self.path}: profile '{name}' has no base_url.")
        base_url = checked_url(members["base_url"], f"profile '{name}'")
        return Connection(base_url, origin, name, members)

    @cached_property
    def found_token(self) -> Found:
        """The token for the connection. Raises NoToken, ConfigProblem, UsageProblem."""
        found = self._token()
        if found is None:
            raise NoToken(
                f"There is no token for {self.connection.base_url}.", hint=self._unused_token()
            )
        if not all("!" <= character <= "~" for character in found.value):
            raise ConfigProblem(f"The token of {found.origin} has characters that no token has.")
        return found

    @property
    def token(self) -> str:
        return self.found_token.value

    def token_store(self, name: str, store: Store | None = None) -> TokenStore:
        """Where a profile's token is kept, or would be in that store."""
        chosen = store or store_of(self.profiles.get(name, {}))
        return TokenStore(name, self.credentials, is_keyring=chosen is Store.KEYRING)

    @property
    def store_in_use(self) -> TokenStore | None:
        """Where the token in use is kept; None for one of a flag, a variable or a command."""
        name = self.connection.profile
        if name is None or self._flags.token_file or self.profiles[name].get("token_command"):
            return None
        return self.token_store(name)

    @property
    def stored_expiry(self) -> object:
        """When the token in use ends, as noted when a profile got it; None where none is stored."""
        store = self.store_in_use
        return self.credentials.find(store.profile).get("expires_at") if store else None

    def _token(self) -> Found | None:
        if self._flags.token_file:
            return Found(self._flags.token_from_file(), "--token-file")
        name = self.connection.profile
        if name is None:
            return token_sources.of_environment(self._environ)
        return token_sources.of_profile(name, self.profiles[name], self.token_store(name))

    def _unused_token(self) -> str:
        """Why a token in the environment is not used, where there is one."""
        if self.connection.profile is None or not self._environ.get(locations.API_TOKEN):
            return ""
        return (
            f"{locations.API_TOKEN} is used only with {locations.API_BASE} or --base-url, "
            f"not with profile '{self.connection.profile}'."
        )

    def setting(self, name: str) -> Value:
        """One of SETTINGS, from the first place that has it. Raises UsageProblem for a flag,
        ConfigProblem for a variable or a file that has no valid value."""
        setting = SETTINGS[name]
        given = getattr(self._flags, name)
        if given is not None and given is not False:
            return value_of(name, given, setting.flag, UsageProblem)
        if text := self._environ.get(setting.variable):
            return value_of_variable(setting, text)
        for layer in (self._project, self._user, self._system):
            if name in layer.defaults:
                return value_of(name, layer.defaults[name], str(layer.path))
        return Value(setting.default, BUILT_IN)

    def in_force(self) -> Iterator[tuple[str, Value]]:
        """Every setting by name, the server first. Raises what reading them raises."""
        connection = self._connection
        yield "profile", Value(connection and connection.profile, _origin(connection))
        yield "base_url", Value(connection and connection.base_url, _origin(connection))
        for name in SETTINGS:
            yield name, self.setting(name)

    def save_profile(self, name: str, base_url: str, *, token: Mapping[str, str]) -> None:
        """Store a profile's address; the first profile becomes the default. Comments survive.

        `token`: the member that says where its token comes from; none for `credentials.toml`.
        """
        with self.alone():
            known = self._user.profiles.get(name, {})
            wanted = {key: value for key, value in known.items() if key not in TOKEN_MEMBERS}
            wanted |= {"base_url": base_url, **token}
            if self._user.profiles.get(name) == wanted and self.default_profile:
                return
            document = self._document()
            profiles = document.setdefault("profiles", {})
            table = profiles.setdefault(name, {})
            for member in [member for member in table if member not in wanted]:
                del table[member]
            table.update(wanted)
            if not self.default_profile:
                document["default_profile"] = name
            self._save(document)

    def refuse_unknown_profile(self, name: str) -> None:
        self._of_profile(name, "")

    def use_profile(self, name: str) -> None:
        self.refuse_unknown_profile(name)  # before a folder is made for nothing
        with self.alone():
            self.refuse_unknown_profile(name)
            document = self._document()
            document["default_profile"] = name
            self._save(document)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps other processes from changing the user's files, and reads config.toml again: what
        was read before the lock may have changed. Raises ConfigProblem, LockedOut."""
        # Two folders may have links to one config.toml; then its own folder's lock is theirs, too.
        with alone_with(self.path), alone_with(Path(os.path.realpath(self.path))):
            self._forget_user()
            yield

    def _forget_user(self) -> None:
        for name in ("_user", "_connection", "connection"):
            self.__dict__.pop(name, None)

    def _document(self) -> Any:
        import tomlkit

        return tomlkit.parse(text_of(self.path))

    def _save(self, document: Any) -> None:
        import tomlkit

        write_private(self.path, in_style_of(self.path, tomlkit.dumps(document)))
        self._forget_user()


def _origin(connection: Connection | None) -> str:
    return connection.origin if connection else "not configured"
