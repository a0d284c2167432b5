"""`tickiti attachment get`: downloads attachments."""

import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
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
    is overwritten only if --out names it.
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
        rows = _write_all(runtime, request, Path(out or "."))
        runtime.output.rows(rows, WRITTEN, empty="No attachments.")
        return
    _write_single(runtime, request | {"response_attachment_id": attachment}, out)


def _write_single(runtime: Runtime, request: dict[str, Any], out: str | None) -> None:
    to_stdout = out is not None and is_stdout(out)
    if to_stdout and runtime.streams.is_terminal(runtime.streams.stdout):
        raise UsageProblem(f"--out {out}: stdout is a terminal; redirect it to a file.")
    with _named_review(f"Attachment {request['response_attachment_id']}"):
        found, content = fetch(runtime, request)
    if to_stdout:
        runtime.streams.write_bytes(content)
        return
    path = Path(out) if out is not None else _new_path(found, Path(), "a name with --out FILE")
    write_output(path, content)
    said = f"Saved {path} ({len(content):,} bytes)."
    runtime.output.done({**found, "path": str(path)}, said=said, plain=str(path))


def _write_all(runtime: Runtime, request: dict[str, Any], folder: Path) -> Iterator[dict[str, Any]]:
    """Write each file of the ticket into the folder, and yield its row."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageProblem(f"--out {folder}: {error.strerror}.") from error
    written: set[str] = set()
    for file in files_of(runtime, request["ticket_number"]):
        with _named_review(f"Attachment {file['id']}, '{file['name']}',"):
            found, content = fetch(runtime, {**request, "response_attachment_id": file["id"]})
        path = _new_path(found, folder, "an empty directory with --out DIR", used=written)
        write_output(path, content)
        written.add(path.name.casefold())
        yield {**found, "path": str(path)}


@contextmanager
def _named_review(label: str) -> Iterator[None]:
    """Let the server's demand for a review name the file and the flag."""
    try:
        yield
    except ReviewRequired as error:
        error.message = f"{label} needs a review."
        error.hint = "To download it after your review: --accept-review"
        raise


def _new_path(found: dict[str, Any], folder: Path, choice: str, used: Collection[str] = ()) -> Path:
    """Return the name that the server gave, as a new file in the folder and never as a path.

    A name that another attachment of this run has, without case, gets the attachment's id:
    `report-12.pdf`. Raises UsageProblem where the file exists; `choice` is what to choose then.
    """
    last = re.split(r"[/\\]", str(found["name"]))[-1]
    name = CONTROL.sub("", last).strip().lstrip(".-")[-MOST_NAME:] or f"attachment-{found['id']}"
    if name.casefold() in used:
        name = f"{Path(name).stem}-{found['id']}{Path(name).suffix}"
    if os.path.lexists(folder / name):
        raise UsageProblem(f"{folder / name} already exists: choose {choice}.")
    return folder / name
