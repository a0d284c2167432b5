"""Reads and checks the configuration files. An unknown name is an error, never ignored."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from tickiti_cli.config.addresses import DEFAULT_API, WEB_URL, is_web_url, without_user
from tickiti_cli.config.settings import SETTINGS
from tickiti_cli.credentials.token_store import Store
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.files.private_file import advising, read_config_file
from tickiti_cli.files.toml_text import Table, line_of, parsed
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
PROFILE_MEMBERS = {**TEXT_MEMBERS, **SWITCH_MEMBERS}

BOM = "\ufeff"
"""The byte order mark that some editors put before the first character."""


class Layer(NamedTuple):
    """One file; a missing file is an empty layer. `hint` says how to correct the file."""

    path: Path
    members: Table = MappingProxyType({})
    text: str = ""
    hint: str = ""

    @classmethod
    def read(cls, path: Path, allowed: Collection[str], hint: str = "") -> "Layer":
        """Reads a file. Raises ConfigProblem that names the file and the line."""
        with advising(hint):
            text = text_of(path)
            return cls(path, parsed(path, text), text, hint).checked(allowed)

    @classmethod
    def of(cls, path: Path, text: str, allowed: Collection[str]) -> "Layer":
        """Returns the layer of a text for the file. Raises ConfigProblem."""
        return cls(path, parsed(path, text), text).checked(allowed)

    def checked(self, allowed: Collection[str]) -> "Layer":
        """Returns the layer. Raises ConfigProblem for a member that the file may not have."""
        self._refuse_unknown(self.members, allowed, "the file")
        self._refuse_unknown(self.defaults, SETTINGS, "[defaults]", "defaults")
        for name, profile in self.profiles.items():
            self._check_profile(name, profile)
        for name, words in self.aliases.items():
            if not isinstance(words, str):
                raise self.problem(f"alias '{name}' must be text.", "aliases", name)
        for name in ("profile", "default_profile"):
            if not isinstance(self.members.get(name, ""), str):
                raise self.problem(f"{name} must be the name of a profile.", name)
        return self

    def place(self, *keys: str) -> str:
        """Returns the file and the line of a member, for an error: `config.toml, line 3`."""
        line = line_of(self.text, keys)
        return f"{self.path}, line {line}" if line else str(self.path)

    def problem(self, sentence: str, *keys: str) -> ConfigProblem:
        problem = ConfigProblem(f"{self.place(*keys)}: {sentence}", hint=self.hint)
        problem.path = self.path
        return problem

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
            raise self.problem(f"'{name}' must be a table.", name)
        return found

    def _check_profile(self, name: str, profile: Any) -> None:
        at = ("profiles", name)
        if not isinstance(profile, Mapping):
            raise self.problem(f"profile '{name}' must be a table.", *at)
        self._refuse_unknown(profile, PROFILE_MEMBERS, f"profile '{name}'", *at)
        for member, value in profile.items():
            kind, expected = (str, "text") if member in TEXT_MEMBERS else (bool, "true or false")
            if not isinstance(value, kind):
                sentence = f"{member} of profile '{name}' must be {expected}."
                raise self.problem(sentence, *at, member)
        api = profile.get("api", DEFAULT_API)
        if api not in APIS:
            sentence = f"api of profile '{name}': '{api}' is not {none_of(api, APIS)}."
            raise self.problem(sentence, *at, "api")
        web_url = profile.get("web_url")
        if web_url is not None and not is_web_url(web_url):
            shown = without_user(web_url)
            sentence = f"web_url of profile '{name}': '{shown}' is not {WEB_URL}."
            raise self.problem(sentence, *at, "web_url")
        self._check_secret(name, profile)

    def _check_secret(self, name: str, profile: Table) -> None:
        secret, is_command = profile.get("secret"), bool(profile.get("token_command"))
        if secret not in (None, *Store):
            known = none_of(str(secret), Store)
            sentence = f"secret of profile '{name}': '{secret}' is not {known}."
            raise self.problem(sentence, "profiles", name, "secret")
        if secret is not None and (secret == Store.COMMAND) != is_command:
            sentence = (
                f"profile '{name}' must have a token_command if its secret is 'command', and only "
                "then."
            )
            raise self.problem(sentence, "profiles", name, "secret")

    def _refuse_unknown(
        self, table: Table, allowed: Collection[str], where: str, *above: str
    ) -> None:
        for name in table:
            if name not in allowed:
                known = ", ".join(sorted(allowed))
                sentence = f"{where} cannot have '{name}' (only: {known}).{nearest(name, allowed)}"
                raise self.problem(sentence, *above, name)


def problem_of(origin: str, sentence: str, named: Iterable[tuple[Layer, str]]) -> ConfigProblem:
    """Returns the error of the value of a member, with its line if one of these files is the
    value's origin."""
    for layer, member in named:
        if origin == str(layer.path):
            return layer.problem(sentence, member)
    return ConfigProblem(f"{origin}: {sentence}" if origin else sentence[:1].upper() + sentence[1:])


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
        raw = read_config_file(path)
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
        line = raw.count(b"\n", 0, error.start) + 1
        sentence = f"{path}, line {line}: it is not UTF-8 text."
        problem = ConfigProblem(sentence, hint="Save the file as UTF-8.")
        problem.path = path
        raise problem from error
