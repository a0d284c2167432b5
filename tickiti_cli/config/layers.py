"""Configuration files, read and checked: an unknown name is an error, never a silent nothing."""

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli.errors import ConfigProblem
from tickiti_cli.nearest import nearest, none_of
from tickiti_cli.settings import SETTINGS
from tickiti_cli.stores import Store

# Each member with its line in the manual.
USER_MEMBERS = {
    "default_profile": "The profile to use where nothing else names the server.",
    "defaults": "The table of settings.",
    "profiles": "The tables of the profiles, `[profiles.NAME]`.",
}
PROJECT_MEMBERS = {
    "profile": "The profile to use in this folder and below it.",
    "defaults": "The table of settings.",
}
"""A project file comes with a checkout: it may choose among profiles, never make or widen one."""

TEXT_MEMBERS = {
    "base_url": "The server's address.",
    "token_command": "A command whose output is the token, run each time it is needed.",
    "ca_bundle": "A file of the certificate authorities to trust.",
    "api": "The generation of the API for what both have: `classic` (if it is not set), `v1` or "
    "`auto`; `tickiti help idempotency` tells what `auto` means for a key.",
    "secret": "Where the token is: `file`, `keyring` or `command`; `auth login` writes it.",
}
SWITCH_MEMBERS = {
    "insecure": "Whether to leave the server's certificate unchecked.",
    "allow_http": "Whether the token may go unencrypted to another host.",
}
APIS = ("auto", "v1", "classic")
DEFAULT_API = "classic"
"""What needs no question, and what a job with keys of its own goes to whoever runs it."""
PROFILE_MEMBERS = {**TEXT_MEMBERS, **SWITCH_MEMBERS}

BOM = "\ufeff"
"""The byte order mark that some editors put before the first character."""

UTF_16 = (b"\xff\xfe", b"\xfe\xff")

Table = Mapping[str, Any]


class Layer(NamedTuple):
    """One file; an absent one is an empty layer."""

    path: Path
    members: Table

    @classmethod
    def read(cls, path: Path, allowed: Collection[str]) -> "Layer":
        """Raises ConfigProblem that names the file, and the line or the member."""
        return cls.of(path, text_of(path), allowed)

    @classmethod
    def of(cls, path: Path, text: str, allowed: Collection[str]) -> "Layer":
        """The layer of a text that is, or is to be, the file's. Raises as `read` does."""
        layer = cls(path, _parsed(path, text))
        layer._refuse_unknown(layer.members, allowed, "the file")
        layer._refuse_unknown(layer.defaults, SETTINGS, "[defaults]")
        for name, profile in layer.profiles.items():
            layer._check_profile(name, profile)
        for name in ("profile", "default_profile"):
            if not isinstance(layer.members.get(name, ""), str):
                raise ConfigProblem(f"{path}: {name} must be the name of a profile.")
        return layer

    @property
    def defaults(self) -> Table:
        return self._table("defaults")

    @property
    def profiles(self) -> Table:
        return self._table("profiles")

    def _table(self, name: str) -> Table:
        found = self.members.get(name, {})
        if not isinstance(found, Mapping):
            raise ConfigProblem(f"{self.path}: '{name}' must be a table.")
        return found

    def _check_profile(self, name: str, profile: Any) -> None:
        if not isinstance(profile, Mapping):
            raise ConfigProblem(f"{self.path}: profile '{name}' must be a table.")
        self._refuse_unknown(profile, PROFILE_MEMBERS, f"profile '{name}'")
        for member, value in profile.items():
            kind, expected = (str, "text") if member in TEXT_MEMBERS else (bool, "true or false")
            if not isinstance(value, kind):
                raise ConfigProblem(
                    f"{self.path}: {member} of profile '{name}' must be {expected}."
                )
        api = profile.get("api", DEFAULT_API)
        if api not in APIS:
            raise ConfigProblem(
                f"{self.path}: api of profile '{name}': '{api}' is not {none_of(api, APIS)}."
            )
        secret, is_command = profile.get("secret"), bool(profile.get("token_command"))
        if secret not in (None, *Store):
            raise ConfigProblem(
                f"{self.path}: secret of profile '{name}': '{secret}' is not "
                f"{none_of(str(secret), Store)}."
            )
        if secret is not None and (secret == Store.COMMAND) != is_command:
            raise ConfigProblem(
                f"{self.path}: profile '{name}' must have a token_command if its secret is "
                "'command', and only then."
            )

    def _refuse_unknown(self, table: Table, allowed: Collection[str], where: str) -> None:
        for name in table:
            if name not in allowed:
                known = ", ".join(sorted(allowed))
                raise ConfigProblem(
                    f"{self.path}: {where} cannot have '{name}' (only: {known})."
                    f"{nearest(name, allowed)}"
                )


def text_of(path: Path) -> str:
    """Its text with line ends as "\\n" and without a byte order mark; empty where there is no file.

    Raises ConfigProblem.
    """
    return _plain(_raw_text(path))


def text_of_bytes(path: Path, raw: bytes) -> str:
    """As `text_of`, of a file that was read already."""
    return _plain(_decoded(path, raw))


def in_style_of(path: Path, text: str) -> str:
    """A new text for a file, with the line ends and the byte order mark that the file has now."""
    raw = _raw_text(path)
    first, line_end, _ = raw.partition("\n")
    mark = BOM if raw.startswith(BOM) else ""
    return mark + (text.replace("\n", "\r\n") if line_end and first.endswith("\r") else text)


def _raw_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise ConfigProblem(f"{path} cannot be read: {error.strerror}.") from error
    return _decoded(path, raw)


def _plain(text: str) -> str:
    return text.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")


def _decoded(path: Path, raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        hint = "Save it as UTF-8." if raw.startswith(UTF_16) else ""
        raise ConfigProblem(f"{path} is not UTF-8 text.", hint=hint) from error


def _parsed(path: Path, text: str) -> Table:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigProblem(f"{path} is not TOML: {error}.") from error
