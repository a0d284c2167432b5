"""Reads and checks the configuration files. An unknown name is an error, never ignored."""

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli.config.addresses import WEB_URL, is_web_url, without_user
from tickiti_cli.config.settings import SETTINGS
from tickiti_cli.credentials.token_store import Store
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.suggest import nearest, none_of

# Each member with its line in the manual.
USER_MEMBERS = {
    "default_profile": "The profile to use when no other setting names the server.",
    "defaults": "Table of settings.",
    "profiles": "Tables of profiles, `[profiles.NAME]`.",
    "aliases": "Table of aliases: the name of each, and the words that it stands for.",
}
PROJECT_MEMBERS = {
    "profile": "The profile to use in this directory and below.",
    "defaults": "Table of settings.",
    "confirm_writes": "`true` asks for confirmation before each write; `false` is ignored.",
}
"""A project file comes with a checkout, so that it may choose a profile, but never define one."""

TEXT_MEMBERS = {
    "base_url": "Base URL of the server.",
    "token_command": "Command that prints the token, run each time it is needed.",
    "ca_bundle": "File with the certificate authorities to trust.",
    "api": "API generation for operations that both have: `classic` (default), `v1` or "
    "`auto`; see `tickiti help idempotency`.",
    "from": "E-mail address to use where `--from` is not given.",
    "queue": "Queue of new tickets, where `--queue` is not given.",
    "proxy": "Proxy for this server, instead of the one of the environment; empty for none.",
    "web_url": "Page of a ticket that `ticket view --web` opens, such as "
    "`https://support.example/tickets/{number}`.",
    "secret": "Where the token is stored: `file`, `keyring` or `command`; set by `auth login`.",
}
SWITCH_MEMBERS = {
    "insecure": "Whether to skip verification of the server's certificate.",
    "allow_http": "Whether the token may be sent unencrypted to another host.",
    "confirm_writes": "Whether to ask for confirmation before each write; `--yes` confirms.",
}
APIS = ("auto", "v1", "classic")
DEFAULT_API = "classic"
"""The generation that needs no second request, and that a bulk job sends to in every run."""
PROFILE_MEMBERS = {**TEXT_MEMBERS, **SWITCH_MEMBERS}

BOM = "\ufeff"
"""The byte order mark that some editors put before the first character."""

UTF_16 = (b"\xff\xfe", b"\xfe\xff")

Table = Mapping[str, Any]


class Layer(NamedTuple):
    """One file; a missing file is an empty layer."""

    path: Path
    members: Table

    @classmethod
    def read(cls, path: Path, allowed: Collection[str]) -> "Layer":
        """Reads a file. Raises ConfigProblem that names the file, and the line or the member."""
        return cls.of(path, text_of(path), allowed)

    @classmethod
    def of(cls, path: Path, text: str, allowed: Collection[str]) -> "Layer":
        """Returns the layer of a text for the file. Raises ConfigProblem."""
        return cls.checked(path, parsed(path, text), allowed)

    @classmethod
    def checked(cls, path: Path, members: Table, allowed: Collection[str]) -> "Layer":
        """Returns the layer of the members of the file. Raises ConfigProblem."""
        layer = cls(path, members)
        layer._refuse_unknown(layer.members, allowed, "the file")
        layer._refuse_unknown(layer.defaults, SETTINGS, "[defaults]")
        for name, profile in layer.profiles.items():
            layer._check_profile(name, profile)
        for name, words in layer.aliases.items():
            if not isinstance(words, str):
                raise ConfigProblem(f"{layer.path}: alias '{name}' must be text.")
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

    @property
    def aliases(self) -> Table:
        return self._table("aliases")

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
        web_url = profile.get("web_url")
        if web_url is not None and not is_web_url(web_url):
            shown = without_user(web_url)
            raise ConfigProblem(
                f"{self.path}: web_url of profile '{name}': '{shown}' is not {WEB_URL}."
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
    """Returns the text of a file, with "\\n" as line ends and without a byte order mark; empty
    without a file.

    Raises ConfigProblem.
    """
    return _plain(_raw_text(path))


def text_of_bytes(path: Path, raw: bytes) -> str:
    """Returns the text of bytes that were read from the file, as `text_of` does."""
    return _plain(_decoded(path, raw))


def in_style_of(path: Path, text: str) -> str:
    """Returns the text with the line ends and the byte order mark of the present file."""
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


def parsed(path: Path, text: str) -> Table:
    """Returns the members of a file, unchecked. Raises ConfigProblem."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigProblem(f"{path} is not TOML: {error}.") from error
