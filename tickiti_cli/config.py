"""Which server, which token, which defaults: flags, environment and files in one order.

    1. flags            2. environment      3. project file `.tickiti.toml`
    4. user config.toml                     5. system config.toml

A token from the environment goes only to a base URL from the environment or a flag, and a stored
one only to its profile's: a token never follows another server's address.
"""

import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tickiti_cli import locations
from tickiti_cli.credentials import Credentials, read_secret_file, write_private
from tickiti_cli.errors import ConfigProblem, NoToken, UsageProblem
from tickiti_cli.globals import Globals

PROFILE_MEMBERS = frozenset(
    {"base_url", "api", "secret", "token_command", "ca_bundle", "insecure", "allow_http"}
)
DEFAULT_MEMBERS = frozenset({"output", "timeout", "max_time", "retries", "color", "no_input"})
USER_MEMBERS = frozenset({"default_profile", "defaults", "profiles"})
PROJECT_MEMBERS = frozenset({"profile", "defaults"})
"""A project file comes with a checkout: it may choose among profiles, never make or widen one."""

TOKEN_COMMAND_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Value:
    """A setting and where it came from."""

    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Connection:
    """Where to send requests. `profile` is None where no profile is involved."""

    base_url: str
    origin: str
    profile: str | None = None
    members: Mapping[str, Any] = field(default_factory=dict)


class Config:
    """What the files, the environment and the flags say, read when first asked."""

    def __init__(self, flags: Globals, environ: Mapping[str, str], folder: Path) -> None:
        self._flags = flags
        self._environ = environ
        self._folder = folder

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
    def user(self) -> Mapping[str, Any]:
        return _read_toml(self.path, USER_MEMBERS)

    @cached_property
    def system(self) -> Mapping[str, Any]:
        return _read_toml(locations.SYSTEM_FILE, USER_MEMBERS)

    @cached_property
    def project(self) -> Mapping[str, Any]:
        found = locations.project_file(self._folder)
        return _read_toml(found, PROJECT_MEMBERS) if found else {}

    @cached_property
    def profiles(self) -> dict[str, Mapping[str, Any]]:
        found = {**self.system.get("profiles", {}), **self.user.get("profiles", {})}
        for name, members in found.items():
            _refuse_unknown(members, PROFILE_MEMBERS, f"profile '{name}'", self.path)
        return found

    @property
    def default_profile(self) -> str | None:
        return self.user.get("default_profile") or self.system.get("default_profile")

    @cached_property
    def connection(self) -> Connection:
        """Raises ConfigProblem where nothing says which server to use."""
        if self._flags.base_url:
            return Connection(_checked(self._flags.base_url, "--base-url"), "flag")
        if self._flags.profile:
            return self._of_profile(self._flags.profile, "flag")
        if base := self._environ.get(locations.API_BASE):
            return Connection(_checked(base, locations.API_BASE), "environment")
        if chosen := self._chosen_profile():
            return self._of_profile(chosen.value, chosen.origin)
        raise ConfigProblem(
            "No Tickiti server is configured.",
            hint="Start the bundled one with `tickiti server start`, "
            "or name yours with `tickiti auth login`.",
        )

    def _chosen_profile(self) -> Value | None:
        chosen = (
            Value(self._environ.get(locations.PROFILE), "environment"),
            Value(self.project.get("profile"), "project"),
            Value(self.default_profile, "user"),
        )
        return next((value for value in chosen if value.value), None)

    def _of_profile(self, name: str, origin: str) -> Connection:
        members = self.profiles.get(name)
        if members is None:
            known = ", ".join(sorted(self.profiles)) or "none"
            raise ConfigProblem(f"There is no profile '{name}' (known: {known}).")
        base = members.get("base_url")
        if not isinstance(base, str):
            raise ConfigProblem(f"{self.path}: profile '{name}' has no base_url.")
        return Connection(_checked(base, f"profile '{name}'"), origin, name, members)

    @cached_property
    def token(self) -> str:
        """The token for the connection. Raises NoToken, ConfigProblem, UsageProblem."""
        found = self._token_value()
        if found is None:
            raise NoToken(f"There is no token for {self.connection.base_url}.")
        token = str(found.value)
        if not token or not all("!" <= character <= "~" for character in token):
            raise ConfigProblem(f"The token of {found.origin} has characters that no token has.")
        return token

    def _token_value(self) -> Value | None:
        if self._flags.token_file:
            return Value(self._flags.token_from_file(), "flag")
        if not self._flags.profile and (found := self._token_of_environment()):
            return found
        name = self._flags.profile or self.connection.profile
        if name is None or (self._flags.base_url and not self._flags.profile):
            return None
        return self._token_of_profile(name)

    def _token_of_environment(self) -> Value | None:
        is_ours = self.connection.profile is None
        if is_ours and (path := self._environ.get(locations.API_TOKEN_FILE)):
            return Value(read_secret_file(Path(path)), "environment")
        if is_ours and (token := self._environ.get(locations.API_TOKEN)):
            return Value(token.strip(), "environment")
        if is_ours and (command := self._environ.get(locations.TOKEN_COMMAND)):
            return Value(_token_of_command(command), "environment")
        if folder := self._environ.get("CREDENTIALS_DIRECTORY"):
            credential = Path(folder) / "tickiti-token"
            if credential.is_file():
                # systemd made this file for this process; its mode is systemd's business.
                return Value(credential.read_text("utf-8").strip(), "systemd")
        return None

    def _token_of_profile(self, name: str) -> Value | None:
        members = self.profiles.get(name, {})
        if command := members.get("token_command"):
            return Value(_token_of_command(str(command)), f"profile {name}")
        token = self.credentials.find(name).get("token")
        return Value(str(token), f"profile {name}") if token else None

    def setting(self, name: str, variable: str, default: Any) -> Value:
        """One of the defaults, from the first place that has it; flags are the caller's."""
        if (text := self._environ.get(variable, "")) != "":
            return Value(text, variable)
        places = (("project", self.project), ("user", self.user), ("system", self.system))
        for origin, source in places:
            defaults = source.get("defaults", {})
            _refuse_unknown(defaults, DEFAULT_MEMBERS, "defaults", self.path)
            if name in defaults:
                return Value(defaults[name], origin)
        return Value(default, "default")

    def save_profile(self, name: str, base_url: str) -> None:
        """Store a profile's address; the first profile becomes the default. Comments survive."""
        document = self._document()
        profiles = document.setdefault("profiles", {})
        profiles.setdefault(name, {})["base_url"] = base_url
        if not self.default_profile:
            document["default_profile"] = name
        self._save(document)

    def refuse_unknown_profile(self, name: str) -> None:
        self._of_profile(name, "argument")

    def use_profile(self, name: str) -> None:
        self.refuse_unknown_profile(name)
        document = self._document()
        document["default_profile"] = name
        self._save(document)

    def _document(self) -> Any:
        import tomlkit

        text = self.path.read_text("utf-8") if self.path.exists() else ""
        return tomlkit.parse(text)

    def _save(self, document: Any) -> None:
        import tomlkit

        write_private(self.path, tomlkit.dumps(document))
        for name in ("user", "profiles", "connection"):
            self.__dict__.pop(name, None)


def _read_toml(path: Path, members: frozenset[str]) -> Mapping[str, Any]:
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigProblem(f"{path} cannot be read: {error}.") from error
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigProblem(f"{path} is not TOML: {error}.") from error
    _refuse_unknown(found, members, "the file", path)
    return found


def _refuse_unknown(found: Any, members: frozenset[str], where: str, path: Path) -> None:
    if not isinstance(found, Mapping):
        raise ConfigProblem(f"{path}: {where} must be a table.")
    for name in found:
        if name not in members:
            known = ", ".join(sorted(members))
            raise ConfigProblem(f"{path}: {where} has no setting '{name}' (known: {known}).")


def _checked(base_url: str, source: str) -> str:
    base = base_url.strip().rstrip("/")
    if not base.startswith(("http://", "https://")) or len(base.split()) != 1:
        raise UsageProblem(f"{source}: '{base_url}' is no address such as https://support.example.")
    return base


def _token_of_command(command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S602 - the owner's own command line, from their own file
            command,
            shell=True,
            capture_output=True,
            text=True,
            timeout=TOKEN_COMMAND_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"The token command took longer than {TOKEN_COMMAND_SECONDS} seconds."
        raise ConfigProblem(message) from None
    if done.returncode or not done.stdout.strip():
        raise ConfigProblem(f"The token command gave no token (exit {done.returncode}).")
    return done.stdout.strip()
