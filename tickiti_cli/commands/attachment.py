"""`tickiti attachment`: the images of what was said."""

import os
import re
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from tickiti_cli.command import Command, examples
from tickiti_cli.contract import tickets
from tickiti_cli.contract.replacing import is_stdout
from tickiti_cli.errors import ForeignReply, UsageProblem
from tickiti_cli.groups import noun
from tickiti_cli.options import Number
from tickiti_cli.replacing import replace_file
from tickiti_cli.runtime import Runtime

app = noun("The images of what was said.")

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
MOST_NAME = 200
"""Characters of a file's name that a server chose; file systems take 255 bytes."""


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti attachment get 220009 1 --out sole.png",
        "tickiti attachment get 220009 1 --out - > sole.png",
    ),
)
def get(
    ctx: typer.Context,
    *,
    number: Number,
    attachment: Annotated[
        int, typer.Argument(metavar="ID", min=1, help="Its id, as response list --json has it.")
    ],
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Write it there, over an older file; - is standard output."
        ),
    ] = None,
    accept_review: Annotated[
        bool, typer.Option("--accept-review", help="You have reviewed it, where that is needed.")
    ] = False,
) -> None:
    """Write an image to a file: --out, or one of its own name that is not there yet."""
    runtime: Runtime = ctx.obj
    to_stdout = out is not None and is_stdout(out)
    if to_stdout and runtime.streams.is_terminal(runtime.streams.stdout):
        raise UsageProblem(f"--out {out}: standard output is a terminal; send it to a file.")
    request: dict[str, Any] = {"ticket_number": number, "response_attachment_id": attachment}
    request |= {"intent": "review_ok"} if accept_review else {}
    found = runtime.client.call(tickets.attachment, request).data
    content = _content(found)
    if to_stdout:
        runtime.streams.write_bytes(content)
        return
    path = Path(out) if out is not None else _own_name(found)
    replace_file(path, content)
    written = {name: value for name, value in found.items() if name != "content_base64"}
    said = f"Wrote {path} ({len(content)} bytes)."
    runtime.output.done({**written, "path": str(path)}, said=said, plain=str(path))


def _content(found: dict[str, Any]) -> bytes:
    """Its bytes, which must be those that were stored. Raises ForeignReply."""
    try:
        content = b64decode(found["content_base64"], validate=True)
    except (ValueError, TypeError):
        raise ForeignReply("The server's content_base64 is no base64.", status=200) from None
    if sha256(content).hexdigest() != found["sha256"]:
        raise ForeignReply("The attachment is not what its sha256 says.", status=200)
    return content


def _own_name(found: dict[str, Any]) -> Path:
    """What the server calls it, as a new file here; never a path. Raises UsageProblem."""
    last = re.split(r"[/\\]", str(found["name"]))[-1]
    name = _UNFIT.sub("", last).strip().lstrip(".-")[-MOST_NAME:] or f"attachment-{found['id']}"
    if os.path.lexists(name):
        raise UsageProblem(f"{name} is there already: give --out FILE.")
    return Path(name)
