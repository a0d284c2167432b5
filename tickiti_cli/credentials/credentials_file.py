"""Tokens in `credentials.toml`, which only its owner can read."""

import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tickiti_cli.errors import ConfigProblem
from tickiti_cli.files.atomic_write import write_private
from tickiti_cli.files.lock import folder_locked
from tickiti_cli.files.private_file import read_private_whole
from tickiti_cli.files.toml_text import members_of


class Credentials:
    """`credentials.toml`: a table for each profile with `token`, `token_id` and `expires_at`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, profile: str) -> Mapping[str, Any]:
        """Returns the table of a profile; empty without one. Raises ConfigProblem."""
        return self._read().get(profile, {})

    def names(self) -> list[str]:
        """Returns the names of the tables. Raises ConfigProblem."""
        return [*self._read()]

    def store(self, profile: str, secret: Mapping[str, Any]) -> None:
        self.change(profile, lambda _: secret)

    def change(self, profile: str, made: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        """Replaces the table of a profile by `made(table)`, under the lock of the folder."""
        with folder_locked(self._path):
            tables = self._read()
            known = tables.get(profile, {})
            if (new := dict(made(known))) != known or profile not in tables:
                self._write({**tables, profile: new})

    def forget(self, profile: str) -> bool:
        """Removes the table of a profile. Returns whether there was one."""
        if not os.path.lexists(self._path):
            return False
        with folder_locked(self._path):
            tables = self._read()
            was_there = tables.pop(profile, None) is not None
            if was_there:
                self._write(tables)
        return was_there

    def restorer(self, profile: str) -> Callable[[], object]:
        """Returns a function that restores the table of a profile as it is now. The file is
        restored to the byte, unless another process has changed it. Raises ConfigProblem."""
        was_there, text = os.path.lexists(self._path), self._text()
        before = self._read()

        def restore() -> None:
            with folder_locked(self._path):
                if (os.path.lexists(self._path), self._text()) == (was_there, text):
                    return
                now = self._read()
                if {**now, profile: None} != {**before, profile: None}:
                    self._write({**_without(now, profile), **_only(before, profile)})
                elif was_there:
                    write_private(self._path, text)
                else:
                    self._path.unlink(missing_ok=True)

        return restore

    def text_of(self, profile: str, member: str) -> str | None:
        """Returns a member of a profile's table; None for an empty one. Raises ConfigProblem."""
        found = self.find(profile).get(member)
        if found is not None and not isinstance(found, str):
            raise ConfigProblem(
                f"{self._path}: {member} of profile '{profile}' must be text.",
                hint=f"Store it again: tickiti auth login -p {profile}",
            )
        return found or None

    def _read(self) -> dict[str, dict[str, Any]]:
        found = self._members().items()
        return {name: table for name, table in found if isinstance(table, dict)}

    def _members(self) -> dict[str, Any]:
        try:
            return members_of(self._text())
        except tomllib.TOMLDecodeError as error:
            raise ConfigProblem(
                f"{self._path} is not TOML: {error}.",
                hint="Correct that line, or delete the file and log in again: tickiti auth login",
            ) from error

    def _text(self) -> str:
        if not os.path.lexists(self._path):
            return ""
        return read_private_whole(self._path)

    def _write(self, tables: Mapping[str, Any]) -> None:
        import tomli_w

        # Members that are no tables were written by hand, and only their author can judge them.
        others = {name: one for name, one in self._members().items() if not isinstance(one, dict)}
        write_private(self._path, tomli_w.dumps({**others, **tables}))


def _without(tables: Mapping[str, Any], profile: str) -> dict[str, Any]:
    return {name: table for name, table in tables.items() if name != profile}


def _only(tables: Mapping[str, Any], profile: str) -> dict[str, Any]:
    return {name: table for name, table in tables.items() if name == profile}
