"""`tickiti server migrate`: moves a helpdesk from a file to PostgreSQL, or back."""

import shlex
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from tickiti_cli.bundled_server import data, database_claim
from tickiti_cli.contract.files import lockfile
from tickiti_cli.contract.files.database_location import Location, direct
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.output import Output
from tickiti_cli.output.progress import Progress
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

Source = Annotated[
    str, typer.Option("--from", metavar="FILE", help="Database file to read, or its URL")
]
Target = Annotated[
    str, typer.Option("--to", metavar="FILE", help="New file, or the URL of an empty database")
]


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti server migrate --from tickiti.db --to postgresql://shop@db.example/tickets",
        "tickiti server migrate --from postgresql://shop@db.example/tickets --to tickiti.db",
    ),
)
def migrate(ctx: typer.Context, *, source: Source, target: Target) -> None:
    """Move a helpdesk to PostgreSQL, or back to a file.

    Everything is copied with its ID: tickets, files, tokens, idempotency keys, outgoing mail and
    the audit log. Then both databases are compared, table by table. The source is not changed; its
    servers must be stopped.

    To resume an interrupted move, run the same command again. Until it succeeds, no server starts
    on the target. After it has succeeded, the same command shows the counts again.
    """
    runtime: Runtime = ctx.obj
    reads = database_claim.database_at(source, flag="--from")
    fills = database_claim.database_at(target, flag="--to")
    file = _file_of(reads, fills)
    hold = database_claim.claim(file)
    try:
        with _Lines(runtime.output) as lines:
            done = data.migrate(reads, fills, lock=hold.lock, on_progress=lines.show)
    finally:
        lockfile.forget_unused(file)
    said = f"Moved {done['rows']:,} rows in {done['seconds']:.0f} s and compared them."
    if done["was_complete"]:
        said = f"This move was complete before: {done['rows']:,} rows. Nothing was written."
    runtime.output.done(done, said=said, plain=done["to"])
    runtime.output.progress(f"tickiti server start --db {shlex.quote(done['to'])}")


def _file_of(source: Location, target: Location) -> Path:
    """The one of the two that is a file. Raises UsageProblem."""
    if isinstance(source, Path) and isinstance(target, Path):
        raise UsageProblem(
            "--from and --to are both files: one of them must be a URL of PostgreSQL.",
            hint=f"tickiti server backup {_quoted(target)} --db {_quoted(source)}",
        )
    if isinstance(target, Path):
        return target
    if isinstance(source, Path):
        _refuse_no_file(source)
        return source
    raise UsageProblem(
        "--from and --to are both URLs: one of them must be a file.",
        hint=f"pg_dump {_quoted(source)} | psql {_quoted(target)}",
    )


def _refuse_no_file(source: Path) -> None:
    try:
        source.stat()
    except OSError as error:
        raise UsageProblem(f"--from {source}: {error.strerror}.") from error


def _quoted(location: Location) -> str:
    """A location for a shell, as programs of PostgreSQL take it too."""
    return shlex.quote(str(location) if isinstance(location, Path) else direct(location))


class _Lines(ExitStack):
    """The progress line of each step, one after the other."""

    def __init__(self, output: Output) -> None:
        super().__init__()
        self._output = output
        self._step = ""
        self._line: Progress | None = None

    def show(self, found: Any) -> None:
        if self._line is None or found["step"] != self._step:
            self.close()
            self._step = found["step"]
            line = self._output.counting(f"rows {self._step}", lambda: int(found["total"]))
            self._line = self.enter_context(line)
        self._line.show(found["done"], before=found["before"])
