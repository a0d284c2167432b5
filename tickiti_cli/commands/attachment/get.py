"""`tickiti attachment get`: downloads attachments."""

import os
import re
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from tickiti_cli.commands.attachment.files import fetch, files_of
from tickiti_cli.contract.errors import ReviewRequired
from tickiti_cli.control_characters import CONTROL
from tickiti_cli.errors import UsageProblem
from tickiti_cli.files.atomic_write import is_stdout, write_output
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.options import Number
from tickiti_cli.runtime import Runtime

app = verb()

MOST_NAME = 200
"""Characters of a file's name that a server chose; file systems take 255 bytes."""

WRITTEN = columns("id", "path", "file_size")


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti attachment get 220009 1 --out sole.png",
        "tickiti attachment get 220009 1 --out - > sole.png",
        "tickiti attachment get 220009 --all --out pictures",
    ),
)
def get(
    ctx: typer.Context,
    *,
    number: Number,
    attachment: Annotated[
        int | None,
        typer.Argument(metavar="ID", min=1, help="Attachment ID"),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Download all attachments of the ticket")
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help='Output file ("-" for stdout); with --all: output directory',
        ),
    ] = None,
    accept_review: Annotated[
        bool,
        typer.Option(
            "--accept-review", help="Confirm that you reviewed the file, if it needs a review"
        ),
    ] = False,
) -> None:
    """Download attachments of a ticket

    Without --out, a file is saved under its own name in the current directory. An existing file
    is overwritten only if --out names it. --all leaves a file as it is that has the same content.
    """
    runtime: Runtime = ctx.obj
    request: dict[str, Any] = {"ticket_number": number}
    request |= {"intent": "review_ok"} if accept_review else {}
    if everything == (attachment is not None):
        both = ", not both" if everything else ""
        raise UsageProblem(f"Give an attachment ID or --all{both}.")
    if everything:
        if out is not None and is_stdout(out):
            raise UsageProblem(f"--out {out}: --all writes files: name a directory.")
        _get_all(runtime, request, Path(out or "."))
        return
    _write_single(runtime, request | {"response_attachment_id": attachment}, out)


def _write_single(runtime: Runtime, request: dict[str, Any], out: str | None) -> None:
    to_stdout = out is not None and is_stdout(out)
    if to_stdout and runtime.streams.is_terminal(runtime.streams.stdout):
        raise UsageProblem(f"--out {out}: stdout is a terminal; redirect it to a file.")
    try:
        found, content = fetch(runtime, request)
    except ReviewRequired as error:
        raise _named_review(error, [str(request["response_attachment_id"])]) from None
    if to_stdout:
        runtime.streams.write_bytes(content)
        return
    path = Path(out if out is not None else _new_name(found))
    if out is None:
        _refuse_present(path, "a name with --out FILE")
    write_output(path, content)
    said = f"Saved {path} ({len(content):,} bytes)."
    runtime.output.done({**found, "path": str(path)}, said=said, plain=str(path))


def _get_all(runtime: Runtime, request: dict[str, Any], folder: Path) -> None:
    """Write each file of the ticket into the folder, and show its row. Raises ReviewRequired after
    all others are written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageProblem(f"--out {folder}: {error.strerror}.") from error
    files = files_of(runtime, request["ticket_number"])
    left: dict[str, ReviewRequired] = {}
    rows = _write_all(runtime, request, files, folder, left)
    runtime.output.rows(rows, WRITTEN, empty="" if files else "No attachments.")
    if left:
        raise _named_review([*left.values()][-1], [*left])


def _write_all(
    runtime: Runtime,
    request: dict[str, Any],
    files: Iterable[dict[str, Any]],
    folder: Path,
    left: dict[str, ReviewRequired],
) -> Iterator[dict[str, Any]]:
    """Write the files, and yield their rows. Those that need a review go to `left`."""
    used: set[str] = set()
    for file in files:
        path = folder / _new_name(file, used)
        used.add(path.name.casefold())
        try:
            found, content = fetch(runtime, {**request, "response_attachment_id": file["id"]})
        except ReviewRequired as error:
            left[f"{file['id']} ('{path.name}')"] = error
            continue
        if not _has(path, content):  # an earlier run may have written it
            _refuse_present(path, "an empty directory with --out DIR")
            write_output(path, content)
        yield {**found, "path": str(path)}


def _named_review(error: ReviewRequired, labels: Sequence[str]) -> ReviewRequired:
    """Let the server's demand for a review name the files and the flag."""
    if len(labels) == 1:
        error.message = f"Attachment {labels[0]} needs a review."
        error.hint = "To download it after your review: --accept-review"
    else:
        named = f"{', '.join(labels[:-1])} and {labels[-1]}"
        error.message = f"Attachments {named} need a review."
        error.hint = "To download them after your review: --accept-review"
    return error


def _new_name(found: Mapping[str, Any], used: Collection[str] = ()) -> str:
    """Return the name that the server gave, never as a path.

    A name that another attachment of this run has, without case, gets the attachment's id:
    `report-12.pdf`.
    """
    last = re.split(r"[/\\]", str(found["name"]))[-1]
    name = CONTROL.sub("", last).strip().lstrip(".-")[-MOST_NAME:] or f"attachment-{found['id']}"
    if name.casefold() in used:
        return f"{Path(name).stem}-{found['id']}{Path(name).suffix}"
    return name


def _refuse_present(path: Path, choice: str) -> None:
    """Raise UsageProblem where the file exists; `choice` is what to choose then."""
    if os.path.lexists(path):
        raise UsageProblem(f"{path} already exists: choose {choice}.")


def _has(path: Path, content: bytes) -> bool:
    """Whether a regular file has exactly this content."""
    with suppress(OSError):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_size == len(content):
            return path.read_bytes() == content
    return False
