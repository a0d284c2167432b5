"""The user's `config.toml`, changed: checked before it is written, with its comments kept.

The rule of this file: what is on the disk is the old file or a valid new one, and never a secret.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tickiti_cli import locations
from tickiti_cli.addresses import checked_url
from tickiti_cli.config import Config
from tickiti_cli.contract.file_system import is_file
from tickiti_cli.credentials import write_private
from tickiti_cli.errors import ConfigProblem, NothingFound, UsageProblem
from tickiti_cli.layers import (
    APIS,
    PROFILE_MEMBERS,
    SWITCH_MEMBERS,
    USER_MEMBERS,
    Layer,
    in_style_of,
    text_of,
)
from tickiti_cli.nearest import nearest, none_of
from tickiti_cli.settings import SETTINGS, truth

SECRETS = ("token", "password", "previous")
"""Members that somebody might look for here; those of `credentials.toml` among them."""

# A token of the bundled server or of a vendor's install; a shorter text is no secret.
_TOKEN = re.compile(r"[1-9][0-9]{0,17}\|[0-9A-Za-z_]{20,}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """A member by its full name, such as `defaults.timeout` or `profiles.prod.ca_bundle`."""

    table: tuple[str, ...]
    member: str

    @classmethod
    def of(cls, name: str) -> "Place":
        """A setting goes by its short name too. Raises UsageProblem for what cannot be set."""
        first, _, rest = name.partition(".")
        setting = rest if first == "defaults" else name
        if setting in SETTINGS:
            return cls(("defaults",), setting)
        if name == "default_profile":
            return cls((), name)
        profile, _, member = rest.rpartition(".")
        if first != "profiles" or not profile:
            settings = (*SETTINGS, "default_profile")
            raise UsageProblem(
                f"There is no setting '{name}'.{nearest(name, settings)}",
                hint=f"Settings: {', '.join(settings)}, profiles.NAME.MEMBER",
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
        """The text as TOML has it. Raises UsageProblem for what the place cannot hold."""
        if _TOKEN.search(text):
            raise _secret(self.name, self.profile or "NAME")
        try:
            return _as_stored(self._reader()(text))
        except ValueError as error:
            raise UsageProblem(f"{self.name} '{text}' is not {error}.") from None

    def _reader(self) -> Callable[[str], object]:
        if self.member in SETTINGS:
            return SETTINGS[self.member].read
        if self.member in SWITCH_MEMBERS:
            return truth
        readers = {"base_url": self._address, "ca_bundle": _existing_file, "api": _generation}
        return readers.get(self.member, str)

    def _address(self, text: str) -> str:
        return checked_url(text, self.name)


class ConfigFile:
    """`others` are the profiles of the administrator's file, which may be chosen here too.

    Whoever changes the file does so within `Config.alone`, from the first look to the last write.
    """

    def __init__(self, path: Path, others: Collection[str]) -> None:
        self.path = path
        self._others = others

    @classmethod
    def of(cls, config: Config) -> "ConfigFile":
        return cls(config.path, config.system_profiles)

    def text(self) -> str:
        """Empty where there is no file. Raises ConfigProblem."""
        return text_of(self.path)

    def check(self, text: str, path: Path) -> None:
        """Raises ConfigProblem naming `path`, where the text lies meanwhile."""
        if _TOKEN.search(text):
            raise ConfigProblem(
                f"{path} holds a token, which belongs into no such file.",
                hint="Store it with: tickiti auth login",
            )
        layer = Layer.of(path, text, USER_MEMBERS)
        for name, value in layer.defaults.items():
            _check_setting(path, name, value)
        for name, members in layer.profiles.items():
            _check_address(path, name, members)
        chosen = layer.members.get("default_profile")
        known = {*layer.profiles, *self._others}
        if chosen and chosen not in known:
            raise ConfigProblem(
                f"{path}: default_profile: there is no profile '{chosen}'.{nearest(chosen, known)}"
            )

    def refuse_change_since(self, before: str) -> None:
        if self.text() != before:
            raise ConfigProblem(f"{self.path} was changed by somebody else meanwhile.")

    def write(self, text: str) -> None:
        """Through a link: a file kept elsewhere with other dotfiles stays there."""
        write_private(self.path, in_style_of(self.path, text))

    def set(self, place: Place, value: object) -> None:
        """Raises ConfigProblem, also where the file was not valid before."""
        document = self._document()
        if place.profile and place.member != "base_url":
            self._refuse_unknown(place.profile, document)
        table = document
        *parents, last = place.table or ("",)
        for name in parents:
            table = table.setdefault(name, {})
        if not place.table:
            table[place.member] = value
        else:
            table[last] = _with(table.get(last), place.member, value)
        self._save(document)

    def unset(self, place: Place) -> None:
        """Raises NothingFound where it is not set."""
        document = self._document()
        table = document
        for name in place.table:
            table = table.get(name, {})
        if place.member not in table:
            raise NothingFound(f"{self.path} does not set {place.name}.")
        del table[place.member]
        self._save(document)

    def rename_profile(self, old: str, new: str) -> None:
        document = self._document()
        tables = self._own(document, old).items()
        renamed = {new if name == old else name: table for name, table in tables}
        document["profiles"] = _super_table(renamed)
        if document.get("default_profile") == old:
            document["default_profile"] = new
        self._save(document)

    def remove_profile(self, name: str) -> None:
        document = self._document()
        del self._own(document, name)[name]
        if document.get("default_profile") == name:
            del document["default_profile"]
        self._save(document)

    def refuse_foreign(self, name: str) -> None:
        """Raise ConfigProblem for a profile that this file does not have."""
        self._own(self._document(), name)

    def _own(self, document: Any, name: str) -> Any:
        """The table of profiles that has this one. Raises ConfigProblem."""
        profiles = document.get("profiles", {})
        if name not in profiles:
            raise ConfigProblem(f"Profile '{name}' is not in {self.path}.")
        return profiles

    def _refuse_unknown(self, profile: str, document: Any) -> None:
        profiles = document.get("profiles", {})
        if profile not in profiles:
            known = ", ".join(sorted(profiles)) or "none"
            raise ConfigProblem(
                f"{self.path} has no profile '{profile}' (known: {known})."
                f"{nearest(profile, profiles)}",
                hint=f"Make it with: tickiti config set profiles.{profile}.base_url URL",
            )

    def _document(self) -> Any:
        import tomlkit

        text = self.text()
        Layer.of(self.path, text, USER_MEMBERS)
        return tomlkit.parse(text)

    def _save(self, document: Any) -> None:
        import tomlkit

        text = tomlkit.dumps(document)
        self.check(text, self.path)
        self.write(text)


def _check_setting(path: Path, name: str, value: object) -> None:
    try:
        SETTINGS[name].read(value)
    except ValueError as error:
        raise ConfigProblem(f"{path}: {name} '{value}' is not {error}.") from None


def _check_address(path: Path, profile: str, members: Mapping[str, Any]) -> None:
    if "base_url" not in members:
        raise ConfigProblem(f"{path}: profile '{profile}' has no base_url.")
    try:
        checked_url(members["base_url"], f"{path}: base_url of profile '{profile}'")
    except UsageProblem as problem:
        raise ConfigProblem(problem.message) from None


def _with(table: Any, member: str, value: object) -> Any:
    """The table with a member; a new one stands with the others, before the comments that lead
    over to the next table."""
    import tomlkit

    if table is None:
        table = tomlkit.table()
    if member in table or not isinstance(table, tomlkit.items.Table):
        table[member] = value
        return table
    body: Any = table.value.body
    last = max((at for at, (key, _) in enumerate(body) if key is not None), default=-1)
    fuller = tomlkit.table()
    fuller.trivia.comment_ws, fuller.trivia.comment = table.trivia.comment_ws, table.trivia.comment
    for key, item in body[: last + 1]:
        fuller.add(item) if key is None else fuller.append(key, item)
    fuller.append(member, value)
    for _, item in body[last + 1 :]:
        fuller.add(item)
    return fuller


def _super_table(tables: dict[str, Any]) -> Any:
    import tomlkit

    whole = tomlkit.table(is_super_table=True)
    for name, table in tables.items():
        whole.append(name, table)
    return whole


def _as_stored(value: object) -> object:
    """10, not 10.0: as a person writes it."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _existing_file(text: str) -> str:
    if not is_file(text):
        raise ValueError("a file")
    return str(locations.absolute(Path(text)))


def _generation(text: str) -> str:
    if text not in APIS:
        raise ValueError(none_of(text, APIS))
    return text


def _secret(name: str, profile: str) -> UsageProblem:
    return UsageProblem(
        f"{name}: config.toml holds no secret.",
        hint=f"Store a token with: tickiti auth login -p {profile}",
    )
