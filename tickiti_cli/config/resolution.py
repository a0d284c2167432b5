"""Finds the server, the token and the settings of a run, in one order of sources.

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
from typing import Any

from tickiti_cli import paths
from tickiti_cli.config import project_file
from tickiti_cli.config.addresses import Connection, checked_url
from tickiti_cli.config.flags import GlobalFlags
from tickiti_cli.config.layers import (
    USER_MEMBERS,
    Layer,
    in_style_of,
    problem_of,
    text_of,
)
from tickiti_cli.config.resolved_settings import ResolvedSettings
from tickiti_cli.config.settings import SETTINGS, Setting
from tickiti_cli.credentials import sources
from tickiti_cli.credentials.credentials_file import Credentials
from tickiti_cli.credentials.sources import Found
from tickiti_cli.credentials.token_store import TOKEN_MEMBERS, Store, TokenStore, store_of
from tickiti_cli.errors import ConfigProblem, NoToken, UsageProblem
from tickiti_cli.files.atomic_write import write_private
from tickiti_cli.files.lock import folder_locked
from tickiti_cli.suggest import nearest


class Config:
    """The configuration of a run. Each file is read when a value of it is first asked for."""

    def __init__(
        self,
        flags: GlobalFlags,
        environ: Mapping[str, str],
        remark: Callable[[str], object] = lambda _: None,
    ) -> None:
        """`remark` is called with a sentence for each project file that is ignored."""
        self._flags = flags
        self._environ = environ
        self._remark = remark

    @cached_property
    def directory(self) -> Path:
        return paths.config_dir(self._environ)

    @property
    def path(self) -> Path:
        return self.directory / paths.CONFIG_FILE

    @property
    def names_dir(self) -> Path:
        return paths.names_dir(self._environ)

    @cached_property
    def credentials(self) -> Credentials:
        return Credentials(self.directory / paths.CREDENTIALS_FILE)

    @cached_property
    def _user(self) -> Layer:
        return Layer.read(self.path, USER_MEMBERS)

    @cached_property
    def _system(self) -> Layer:
        hint = "Ask the administrator of this machine to correct this file."
        return Layer.read(paths.system_file(self._environ), USER_MEMBERS, hint)

    @cached_property
    def _project(self) -> Layer:
        found = project_file.find(self._environ, paths.current_folder(), self._remark)
        return project_file.layer(found, self._remark)

    @property
    def profiles(self) -> dict[str, Mapping[str, Any]]:
        return {**self._system.profiles, **self._user.profiles}

    @property
    def aliases(self) -> Mapping[str, str]:  # of the user alone, as each is a command
        return self._user.aliases

    @property
    def system_profiles(self) -> Mapping[str, Any]:
        """The profiles that the administrator gives to all users."""
        return self._system.profiles

    @property
    def default_profile(self) -> str | None:
        found = self._from_files("default_profile")
        return str(found.value) if found else None

    @cached_property
    def connection(self) -> Connection:
        """The server of this run. Raises ConfigProblem where none is configured."""
        if self._connection is None:
            raise ConfigProblem(
                "No Tickiti server is configured.",
                hint="Set one up with `tickiti init`; or start the bundled server with "
                "`tickiti server start`, or log in to yours with `tickiti auth login`.",
            )
        return self._connection

    @cached_property
    def _connection(self) -> Connection | None:
        if name := self._flags.profile:
            return self._flagged(self._of_profile(name, "--profile"))
        if self._flags.base_url:
            return Connection(checked_url(self._flags.base_url, "--base-url"), "--base-url")
        if base := self._environ.get(paths.API_BASE):
            return Connection(checked_url(base, paths.API_BASE), paths.API_BASE)
        chosen = self._chosen_profile()
        return self._of_profile(chosen.value, chosen.origin) if chosen else None

    def _flagged(self, named: Connection) -> Connection:
        """Raises UsageProblem where --base-url names another server than the profile."""
        given = self._flags.base_url
        if given and checked_url(given, "--base-url") != named.base_url:
            raise UsageProblem(
                f"--base-url {given} is not the server of profile '{named.profile}', "
                f"{named.base_url}, and its token goes nowhere else.",
                hint="Leave one of the two out, or give the token with --token-file.",
            )
        return named

    def _chosen_profile(self) -> Setting | None:
        if name := self._environ.get(paths.PROFILE):
            return Setting(name, paths.PROFILE)
        if name := self._project.members.get("profile"):
            return Setting(name, str(self._project.path))
        return self._from_files("default_profile")

    def _from_files(self, member: str) -> Setting | None:
        layers = (self._user, self._system)
        found = (Setting(layer.members.get(member), str(layer.path)) for layer in layers)
        return next((value for value in found if value.value), None)

    def _of_profile(self, name: str, origin: str) -> Connection:
        members = self.profiles.get(name)
        if members is None:
            known = ", ".join(sorted(self.profiles)) or "none"
            sentence = f"there is no profile '{name}' (known: {known})."
            sentence += nearest(name, self.profiles)
            files = (self._user, "default_profile"), (self._system, "default_profile")
            raise problem_of(origin, sentence, [(self._project, "profile"), *files])
        if "base_url" not in members:
            raise self._user.problem(f"profile '{name}' has no base_url.", "profiles", name)
        try:
            base_url = checked_url(members["base_url"], f"base_url of profile '{name}'")
        except UsageProblem as problem:
            layer = self._user if name in self._user.profiles else self._system
            raise layer.problem(problem.message, "profiles", name, "base_url") from None
        return Connection(base_url, origin, name, members)

    @property
    def confirms_writes(self) -> bool:
        """True if a person is to confirm each write to this server: by the profile or the project
        file."""
        asked = (self.connection.members, self._project.members)
        return any(members.get("confirm_writes") for members in asked)

    @cached_property
    def found_token(self) -> Found:
        """The token of the connection. Raises NoToken, ConfigProblem, UsageProblem."""
        found = self._token()
        if found is None:
            hint = sources.missing(self._environ, self.connection.profile)
            raise NoToken(f"There is no token for {self.connection.base_url}.", hint=hint)
        return sources.checked(found, self.connection.profile)

    @property
    def unused_token(self) -> str:
        """The remark on a token of the environment that is not used; empty without one."""
        return sources.unused(self._environ, self.found_token.origin)

    @property
    def token(self) -> str:
        return self.found_token.value

    def token_store(self, name: str, store: Store | None = None) -> TokenStore:
        """Returns the store of a profile's token, or the profile's place in another store."""
        chosen = store or store_of(self.profiles.get(name, {}))
        return TokenStore(name, self.credentials, is_keyring=chosen is Store.KEYRING)

    @property
    def store_in_use(self) -> TokenStore | None:
        """The store of the token in use; None for a token of a flag, a variable or a command."""
        name = self.connection.profile
        if name is None or self._flags.token_file or self.profiles[name].get("token_command"):
            return None
        return self.token_store(name)

    @property
    def stored_expiry(self) -> object:
        """The end of the token in use, as stored with it; None without a stored end."""
        store = self.store_in_use
        return self.credentials.find(store.profile).get("expires_at") if store else None

    def _token(self) -> Found | None:
        if self._flags.token_file:
            return Found(self._flags.token_from_file(), sources.TOKEN_FILE_FLAG)
        name = self.connection.profile
        if name is None:
            return sources.of_environment(self._environ)
        return sources.of_profile(name, self.profiles[name], self.token_store(name))

    @cached_property
    def _settings(self) -> ResolvedSettings:
        files = (lambda: self._project, lambda: self._user, lambda: self._system)
        return ResolvedSettings.of(self._flags, self._environ, files)

    def setting(self, name: str) -> Setting:
        """Returns one of SETTINGS. Raises UsageProblem for a bad flag, ConfigProblem for a bad
        variable or a bad file."""
        return self._settings.get(name)

    def in_force(self) -> Iterator[tuple[str, Setting]]:
        """Yields every setting by name, the server first. Raises UsageProblem, ConfigProblem."""
        connection = self._connection
        yield "profile", Setting(connection and connection.profile, _origin(connection))
        yield "base_url", Setting(connection and connection.base_url, _origin(connection))
        for name in SETTINGS:
            yield name, self.setting(name)

    def save_profile(self, name: str, base_url: str, *, token: Mapping[str, str]) -> None:
        """Stores the address of a profile and keeps comments; the first profile becomes the
        default.

        `token`: the member that names the source of the token; none for `credentials.toml`.
        """
        with self.locked():
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
        with self.locked():
            self.refuse_unknown_profile(name)
            document = self._document()
            document["default_profile"] = name
            self._save(document)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Locks the user's files against other processes. Reads config.toml again, because the file
        may have changed before the lock. Raises ConfigProblem, LockedOut."""
        # Two folders may link to one config.toml, so that the real file's folder is locked too.
        with folder_locked(self.path), folder_locked(Path(os.path.realpath(self.path))):
            self._forget_user()
            yield

    def leave_out_project(self) -> None:
        """Continues as if there were no project file."""
        self._forget_user()
        self.__dict__["_project"] = Layer(Path(paths.PROJECT_FILE))

    def _forget_user(self) -> None:
        for name in ("_user", "_connection", "connection", "_settings"):
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
