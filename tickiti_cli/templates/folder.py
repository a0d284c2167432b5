"""A folder of templates against those of the server: what pull, diff and push would do.

The rule of this file: only what differs is written, on either side.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from tickiti_cli.contract import templates
from tickiti_cli.contract.replacing import replace
from tickiti_cli.errors import UsageProblem
from tickiti_cli.runtime import Runtime
from tickiti_cli.templates import finding
from tickiti_cli.templates.files import SUFFIX, File, read, refuse_bad_names


class Change(StrEnum):
    """What has to happen to the server's template."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Difference:
    """A template that is not the same here and there; `id` is the server's."""

    identifier: str
    here: File | None
    there: File | None
    id: str | None

    @property
    def change(self) -> Change:
        if self.here is None:
            return Change.DELETE
        return Change.UPDATE if self.there else Change.CREATE

    @property
    def patch(self) -> str:
        """A unified diff from the server's file to the folder's."""
        name = f"{self.identifier}{SUFFIX}"
        lines = difflib.unified_diff(
            _lines(self.there),
            _lines(self.here),
            f"server/{name}" if self.there else "/dev/null",
            f"folder/{name}" if self.here else "/dev/null",
            lineterm="",
        )
        return "\n".join(lines)

    @property
    def record(self) -> dict[str, Any]:
        return {"change": self.change.value, "identifier": self.identifier}


def compare(runtime: Runtime, folder: Path) -> list[Difference]:
    """Every template that differs, by identifier. Raises UsageProblem for a file or a name."""
    here = {file.identifier: file for file in files_of(folder)}
    rows = {row["identifier"]: row["id"] for row in finding.every(runtime)}
    refuse_bad_names({*here, *rows})
    return [
        Difference(name, here.get(name), there, rows.get(name))
        for name in sorted({*here, *rows})
        if (there := _there(runtime, rows.get(name))) != here.get(name)
    ]


def files_of(folder: Path) -> list[File]:
    """The templates of a folder; hidden files are none. Raises UsageProblem."""
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise UsageProblem(f"{folder}: {error.strerror}.") from error
    wanted = (path for path in paths if path.suffix == SUFFIX and not path.name.startswith("."))
    return [read(path) for path in wanted]


def push(runtime: Runtime, differences: list[Difference]) -> Iterator[dict[str, Any]]:
    """Make the server's templates those of the folder, and say so one by one."""
    for one in differences:
        if one.here is None:
            runtime.client.call(templates.delete, {"template_id": one.id})
        elif one.there is None:
            runtime.client.call(
                templates.create, {"identifier": one.identifier, **one.here.members}
            )
        else:
            # Whole, as the vendor's own screens send a template.
            members = {"id": one.id, "identifier": one.identifier, **one.here.members}
            runtime.client.call(templates.update, {"template": members})
        yield one.record


def make(folder: Path) -> None:
    """Makes the folder, as the umask has it: it is the user's own work. Raises UsageProblem."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageProblem(f"{folder}: {error.strerror}.") from error


def write(folder: Path, file: File) -> None:
    """Writes a template's file whole or not at all. Raises UsageProblem."""
    make(folder)
    try:
        # A link in a checkout may lead anywhere: it is replaced, never written through.
        replace(folder / f"{file.identifier}{SUFFIX}", file.text.encode(), follow=False)
    except OSError as error:
        raise UsageProblem(f"{folder}: {error.strerror}.") from error


def _lines(file: File | None) -> list[str]:
    return file.text.splitlines() if file else []


def _there(runtime: Runtime, template_id: str | None) -> File | None:
    return File.of(finding.shown(runtime, template_id)) if template_id is not None else None
