"""Compares a folder of templates with those of the server, and writes either side.

Rule: only templates that differ are written.
"""

import difflib
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from dataclasses import replace as replaced
from enum import StrEnum
from pathlib import Path
from typing import Any

from tickiti_cli.api import lookup
from tickiti_cli.api.journal.outcome import partly_done
from tickiti_cli.commands.template.file import SUFFIX, File, read, refuse_bad_names
from tickiti_cli.contract.v1 import templates
from tickiti_cli.contract.vocabulary import TemplateType
from tickiti_cli.errors import UsageProblem
from tickiti_cli.files.atomic_write import move, replace
from tickiti_cli.runtime import Runtime


class Change(StrEnum):
    """The change that makes the server's template equal to the folder's."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Difference:
    """A template that differs between the folder and the server; `id` is the server's."""

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


def compare(runtime: Runtime, folder: Path, *, may_rename: bool = False) -> list[Difference]:
    """List every template that differs, by identifier. `may_rename`: give a file the identifier of
    the FAQ that it is. Raises UsageProblem for an invalid file or name."""
    here = {file.identifier: file for file in files_of(folder)}
    rows = {row["identifier"]: row["id"] for row in lookup.list_templates(runtime.client)}
    refuse_bad_names({*here, *rows})
    there = {name: File.of(lookup.show_template(runtime.client, rows[name])) for name in rows}
    for before, now in _known_faqs(here, there):
        here[now] = there[now]
        del here[before]
        if may_rename:
            _rename(runtime, folder, before, now)
    return [
        Difference(name, here.get(name), there.get(name), rows.get(name))
        for name in sorted({*here, *there})
        if there.get(name) != here.get(name)
    ]


def _known_faqs(here: dict[str, File], there: dict[str, File]) -> list[tuple[str, str]]:
    """Pair the FAQs that have a name of the user's with those of the server that no file has. The
    push that created one may have been interrupted before it renamed the file, or have run in
    another checkout; a second push must not create it again."""
    free = [name for name in sorted(there) if name not in here]
    pairs = []
    for name in sorted(here.keys() - there.keys()):
        file = here[name]
        twin = next((one for one in free if replaced(file, identifier=one) == there[one]), None)
        if file.type == TemplateType.FAQ and twin is not None:
            free.remove(twin)
            pairs.append((name, twin))
    return pairs


def files_of(folder: Path) -> list[File]:
    """Read the templates of a folder, without hidden files. Raises UsageProblem."""
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise UsageProblem(f"{folder}: {error.strerror}.") from error
    wanted = [path for path in paths if path.suffix == SUFFIX and not path.name.startswith(".")]
    for path in wanted:
        # To open a pipe without a writer would never end.
        if path.is_fifo():
            raise UsageProblem(f"{path}: must be a regular file.")
    return [read(path) for path in wanted]


def push(runtime: Runtime, folder: Path, differences: list[Difference]) -> Iterator[dict[str, Any]]:
    """Apply each difference to the server, and yield its record once it is applied."""
    for done, one in enumerate(differences):
        so_far = f"{done} of {len(differences)} changes were made; push again for the others."
        with partly_done(so_far) if done else nullcontext():
            _apply(runtime, folder, one)
        yield one.record


def _apply(runtime: Runtime, folder: Path, one: Difference) -> None:
    if one.here is None:
        runtime.client.call(templates.delete, {"template_id": one.id})
    elif one.there is None:
        own = {} if one.here.type == TemplateType.FAQ else {"identifier": one.identifier}
        made = runtime.client.call(templates.create, {**own, **one.here.request}).accepted
        _rename(runtime, folder, one.identifier, lookup.identifier_in(made) or one.identifier)
    else:
        # All members, as the vendor's web interface sends a template.
        members = {"id": one.id, "identifier": one.identifier, **one.here.request}
        runtime.client.call(templates.update, {"template": members})


def _rename(runtime: Runtime, folder: Path, before: str, now: str) -> None:
    """Give a file the identifier that the server chose for its FAQ, so that the next comparison
    finds both. By one rename, because two files would be two FAQs. A folder that cannot be written
    is no error, because the FAQ is on the server."""
    if before == now:
        return
    try:
        move(folder / f"{before}{SUFFIX}", folder / f"{now}{SUFFIX}")
    except OSError as error:
        runtime.output.remark(
            f"{before}{SUFFIX} cannot be renamed to {now}{SUFFIX}, its name on the server:"
            f" {error.strerror}. Rename it before you edit it."
        )


def make_folder(folder: Path) -> None:
    """Make the folder with the permissions of the umask, because it is the user's own work. Raises
    UsageProblem."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageProblem(f"{folder}: {error.strerror}.") from error


def write(folder: Path, file: File) -> None:
    """Write a template's file by an atomic rename. Raises UsageProblem."""
    make_folder(folder)
    try:
        # Replace a symbolic link, because a link in a checkout may lead to any file.
        replace(folder / f"{file.identifier}{SUFFIX}", file.text.encode(), follow=False)
    except OSError as error:
        raise UsageProblem(f"{folder}: {error.strerror}.") from error


def _lines(file: File | None) -> list[str]:
    return file.text.splitlines() if file else []
