"""`tickiti ticket close`: closes tickets."""

from typing import Any

import typer

from tickiti_cli.commands.ticket.parts import batch
from tickiti_cli.commands.ticket.parts.change import BatchFlags, Change
from tickiti_cli.commands.ticket.parts.numbers import Numbers, Selection
from tickiti_cli.commands.ticket.parts.options import Author, NewQueue, NewSubject, Resolved
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.input.author import author_of, named_author
from tickiti_cli.input.options import BodyFlags, FileFlags, Internal
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti ticket close 220009",
        "tickiti ticket close 220009 -b 'The new pair has arrived.'",
        "tickiti ticket close 220009 -b 'Here is the report.' --file report.pdf",
        "tickiti ticket list --status on-hold --fields number | tickiti ticket close -",
    ),
)
@expand_flags
def close(
    ctx: typer.Context,
    *,
    numbers: Numbers,
    sender: Author = None,
    text: BodyFlags,
    files: FileFlags,
    internal: Internal = False,
    resolved: Resolved = None,
    queue: NewQueue = None,
    subject: NewSubject = None,
    several: BatchFlags,
) -> None:
    """Close tickets

    Add a closing reply with --body, files with --attach and --file.
    """
    runtime: Runtime = ctx.obj
    selection = Selection.of(numbers)
    attached = files.read()
    given: dict[str, Any] = {
        "resolved": resolved,
        "queue": queue,
        "subject": subject,
        "content": text.source(attached and attached.embedded).html(runtime),
        "is_internal": internal or None,
    }
    row, own = _route(runtime, sender, has_uploads=bool(attached and attached.uploads))
    members = {name: value for name, value in {**own, **given}.items() if value is not None}
    change = Change(row, members, lambda number: f"Closed ticket {number}.", attached)
    batch.send(runtime, selection, change, several)


def _route(
    runtime: Runtime, sender: str | None, *, has_uploads: bool
) -> tuple[Endpoint, dict[str, Any]]:
    """Return the endpoint that closes a ticket, and the members that only that endpoint takes.

    `tickets/close` takes no files. It finds the author by itself where none is named.
    """
    if has_uploads:
        return tickets.respond, {"from_email": author_of(runtime, sender), "status": "closed"}
    return tickets.close, {"from_email": named_author(runtime, sender)}
