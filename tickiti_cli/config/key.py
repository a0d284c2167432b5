"""Names of what the user's `config.toml` can set, and the check of a value for each."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tickiti_cli import paths
from tickiti_cli.config.addresses import (
    WEB_URL,
    checked_url,
    is_web_url,
    names_a_host,
    without_user,
)
from tickiti_cli.config.layers import APIS, PROFILE_MEMBERS, SWITCH_MEMBERS
from tickiti_cli.config.settings import SETTINGS, truth
from tickiti_cli.contract.files.file_system import is_file
from tickiti_cli.control_characters import escape_controls
from tickiti_cli.errors import UsageProblem
from tickiti_cli.suggest import nearest, none_of

SECRETS = ("token", "password", "previous")
"""Names of secrets that users try to set here; some are members of `credentials.toml`."""

# A token of the bundled server or of a vendor's install; a shorter text is not a secret.
TOKEN = re.compile(r"[1-9][0-9]{0,17}\|[0-9A-Za-z_]{20,}", re.ASCII)


class Key(NamedTuple):
    """The name of a member, such as `defaults.timeout` or `profiles.prod.ca_bundle`."""

    table: tuple[str, ...]
    member: str

    @classmethod
    def of(cls, name: str) -> "Key":
        """Reads a name; a setting has a short name too. Raises UsageProblem for an unknown name."""
        first, _, rest = name.partition(".")
        setting = rest if first == "defaults" else name
        if setting in SETTINGS:
            return cls(("defaults",), setting)
        if name == "default_profile":
            return cls((), name)
        if first == "aliases" and rest:
            return cls(("aliases",), _alias_name(rest))
        profile, _, member = rest.rpartition(".")
        if first != "profiles" or not profile:
            settings = (*SETTINGS, "default_profile")
            raise UsageProblem(
                f"There is no setting '{name}'.{nearest(name, settings)}",
                hint=f"Settings: {', '.join(settings)}, profiles.NAME.FIELD",
            )
        if member in SECRETS:
            raise _secret(name, profile)
        if member not in PROFILE_MEMBERS:
            known = ", ".join(sorted(PROFILE_MEMBERS))
            raise UsageProblem(
                f"A profile has no '{member}' (only: {known}).{nearest(member, PROFILE_MEMBERS)}"
            )
        return cls(("profiles", profile), member)

    @property
    def profile(self) -> str | None:
        return self.table[1] if len(self.table) > 1 else None

    @property
    def name(self) -> str:
        return ".".join((*self.table, self.member))

    def value_of(self, text: str) -> object:
        """Returns the value of a text as TOML stores it. Raises UsageProblem for a bad value."""
        if TOKEN.search(text):
            raise _secret(self.name, self.profile or "NAME")
        try:
            return _as_stored(self._reader()(text))
        except ValueError as error:
            shown = without_user(text) if self.member in ("proxy", "web_url") else text
            raise UsageProblem(f"{self.name} '{shown}' is not {error}.") from None

    def _reader(self) -> Callable[[str], object]:
        if self.table == ("aliases",):
            return _command_line
        if self.member in SETTINGS:
            return SETTINGS[self.member].read
        if self.member in SWITCH_MEMBERS:
            return truth
        readers = {"base_url": self._address, "ca_bundle": _existing_file, "api": _generation}
        readers |= {"from": _email, "proxy": _proxy, "web_url": _web_url, "queue": _text}
        return readers.get(self.member, str)

    def _address(self, text: str) -> str:
        return checked_url(text, self.name)


def _as_stored(value: object) -> object:
    """Returns 10 for 10.0, as a person writes the number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _existing_file(text: str) -> str:
    if not is_file(text):
        raise ValueError("a file")
    return str(paths.absolute(Path(text)))


def profile_name(name: str) -> str:
    """Returns the name of a new profile. Raises UsageProblem for a name that would be read as a
    flag or a path, or that cannot be typed."""
    if not name.strip() or not name.isprintable() or "/" in name or name[0] in "-.":
        raise UsageProblem(
            f"'{escape_controls(name)}' cannot be the name of a profile: it must not be empty, "
            "begin with - or ., or contain / or a control character."
        )
    return name


def _alias_name(name: str) -> str:
    """Returns the name of an alias. Raises UsageProblem for a name that no shell passes on."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name, re.ASCII):
        raise UsageProblem(
            f"'{name}' cannot be the name of an alias: use letters, digits, - and _."
        )
    return name


def _command_line(text: str) -> str:
    """Returns the words of an alias. Quotes are as in a shell; no shell reads them."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    if not words:
        raise ValueError("a command line with closed quotes, such as: ticket list --assigned @me")
    return text


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("a name")
    return text


def _email(text: str) -> str:
    name, _, host = text.strip().rpartition("@")
    if not name or not host or len(text.split()) != 1:
        raise ValueError("an e-mail address such as anna@sole-trader.example")
    return text.strip()


def _proxy(text: str) -> str:
    """Returns the address of a proxy; an empty one means no proxy. A password is a secret, which
    config.toml does not hold."""
    if "@" in text:
        raise ValueError("without a password; one with a password goes into HTTPS_PROXY")
    if text and not (re.match(r"(https?|socks5h?)://", text) and names_a_host(text)):
        raise ValueError("the address of a proxy such as http://proxy.example:3128")
    return text


def _web_url(text: str) -> str:
    if not is_web_url(text):
        raise ValueError(WEB_URL)
    return text


def _generation(text: str) -> str:
    if text not in APIS:
        raise ValueError(none_of(text, APIS))
    return text


def _secret(name: str, profile: str) -> UsageProblem:
    return UsageProblem(
        f"{name}: config.toml may not contain secrets.",
        hint=f"Store a token with: tickiti auth login -p {profile}",
    )
