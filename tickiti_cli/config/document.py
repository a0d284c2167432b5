"""Changes the user's `config.toml`: checks the new text, and keeps the comments.

Rule: the disk holds the old file or a valid new file, and never a secret.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from tickiti_cli.config.addresses import checked_url
from tickiti_cli.config.key import TOKEN, Key
from tickiti_cli.config.layers import (
    USER_MEMBERS,
    Layer,
    in_style_of,
    text_of,
)
from tickiti_cli.config.resolution import Config
from tickiti_cli.config.settings import SETTINGS
from tickiti_cli.errors import ConfigProblem, NothingFound, UsageProblem
from tickiti_cli.files.atomic_write import write_private
from tickiti_cli.files.toml_text import parsed
from tickiti_cli.suggest import nearest


class ConfigFile:
    """The user's file. `others` are the profiles of the administrator's file, which may be the
    default profile too.

    A caller changes the file within `Config.locked`, from the first read to the last write.
    """

    def __init__(self, path: Path, others: Collection[str]) -> None:
        self.path = path
        self._others = others

    @classmethod
    def of(cls, config: Config) -> "ConfigFile":
        return cls(config.path, config.system_profiles)

    def text(self) -> str:
        """Returns the text of the file; empty without a file. Raises ConfigProblem."""
        return text_of(self.path)

    def check(self, text: str, path: Path, *, is_saved: bool = True) -> None:
        """Raises ConfigProblem for a bad text, with the line if `is_saved`. `path` is the file or
        the draft of the text."""
        if TOKEN.search(text):
            raise ConfigProblem(
                f"{path} contains a token; this file may not contain secrets.",
                hint="Store it with: tickiti auth login",
            )
        layer = Layer(path, parsed(path, text), text if is_saved else "").checked(USER_MEMBERS)
        for name, value in layer.defaults.items():
            _check_setting(layer, name, value)
        for name, members in layer.profiles.items():
            _check_address(layer, name, members)
        chosen = layer.members.get("default_profile")
        known = {*layer.profiles, *self._others}
        if chosen and chosen not in known:
            sentence = f"there is no profile '{chosen}'.{nearest(chosen, known)}"
            raise layer.problem(f"default_profile: {sentence}", "default_profile")

    def refuse_change_since(self, before: str) -> None:
        if self.text() != before:
            raise ConfigProblem(f"{self.path} was changed by another program in the meantime.")

    def write(self, text: str) -> None:
        """Writes the text through a link, because users keep dotfiles in another folder."""
        write_private(self.path, in_style_of(self.path, text))

    def set(self, key: Key, value: object) -> None:
        """Sets a member. Raises ConfigProblem, also for a file that was bad before."""
        document = self._document()
        if key.profile and key.member != "base_url":
            self._refuse_unknown(key.profile, document)
        table = document
        *parents, last = key.table or ("",)
        for name in parents:
            table = table.setdefault(name, {})
        if not key.table:
            table[key.member] = value
        else:
            table[last] = _with(table.get(last), key.member, value)
        self._save(document)

    def unset(self, key: Key) -> None:
        """Removes a member. Raises NothingFound for a member that is not set."""
        document = self._document()
        table = document
        for name in key.table:
            table = table.get(name, {})
        if key.member not in table:
            raise NothingFound(f"{self.path} does not set {key.name}.")
        del table[key.member]
        if key.table == ("aliases",) and not table.as_string().strip():
            del document["aliases"]  # version 0.1.0 refuses a file with this table, even empty
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
        """Raises ConfigProblem for a profile that is not in this file."""
        self._own(self._document(), name)

    def _own(self, document: Any, name: str) -> Any:
        """Returns the table of profiles. Raises ConfigProblem without this profile."""
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
        self.check(text, self.path, is_saved=False)
        self.write(text)


def _check_setting(layer: Layer, name: str, value: object) -> None:
    try:
        SETTINGS[name].read(value)
    except ValueError as error:
        sentence = f"{name} '{value}' is not {error}."
        raise layer.problem(sentence, "defaults", name) from None


def _check_address(layer: Layer, profile: str, members: Mapping[str, Any]) -> None:
    if "base_url" not in members:
        raise layer.problem(f"profile '{profile}' has no base_url.", "profiles", profile)
    try:
        checked_url(members["base_url"], f"base_url of profile '{profile}'")
    except UsageProblem as problem:
        raise layer.problem(problem.message, "profiles", profile, "base_url") from None


def _with(table: Any, member: str, value: object) -> Any:
    """Returns the table with a member. A new member stands behind the last one, before the comments
    of the next table."""
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
