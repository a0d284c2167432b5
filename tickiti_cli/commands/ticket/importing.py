"""Many tickets from a file."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from tickiti_cli import locations
from tickiti_cli.bulk.importing import Import, Plan
from tickiti_cli.bulk.job import Job
from tickiti_cli.bulk.source import DATA, FileFormat, Source
from tickiti_cli.command import WriteCommand, examples, verb
from tickiti_cli.contract import classic
from tickiti_cli.errors import UsageProblem
from tickiti_cli.options import BodyFormat, html_of
from tickiti_cli.runtime import Runtime

app = verb()

FIELDS = frozenset(
    {"from", "subject", "body", "body-format", "queue", "internal", "as-originator", "template",
     "intervention", "uid"}
)  # fmt: skip
"""The long flags of `ticket create`; `data.NAME` gives a template its values."""

TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0", "")


class OnError(StrEnum):
    STOP = "stop"
    CONTINUE = "continue"


@app.command(
    "import",
    cls=WriteCommand,
    epilog=examples(
        "tickiti ticket import tickets.csv",
        "tickiti ticket import tickets.csv --map E-Mail=from --key-from Reference --jobs 8",
        "tickiti ticket import tickets.ndjson --report report.csv",
    ),
)
def import_tickets(
    ctx: typer.Context,
    *,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file, or - for stdin.")],
    file_format: Annotated[
        FileFormat | None, typer.Option("--format", help="What it is (by its name).")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD", help="What a column holds."),
    ] = None,
    key_from: Annotated[
        str | None,
        typer.Option(metavar="COLUMNS", help="Derive each key from these, separated by commas."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Lines sent at once.")] = 1,
    on_error: Annotated[
        OnError, typer.Option(help="What a line that fails does to the others.")
    ] = OnError.CONTINUE,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What became of each line, .csv or .ndjson.")
    ] = None,
) -> None:
    """Open a ticket for each line of a file. Run again after a crash, it goes on where it was.

    Fields are the long flags of `ticket create`: from, subject, body, queue, ... and data.NAME. A
    column is the field of its own name unless --map says otherwise.
    """
    runtime: Runtime = ctx.obj
    if runtime.globals.idempotency_key:
        raise UsageProblem("--idempotency-key is one key; for many lines use --key-from COLUMNS.")
    folder = locations.journal_dir(runtime.environ)
    plan = Plan(
        source=Source(file, file_format, folder / "stdin.spool"),
        endpoint=classic.create_ticket,
        fields=FIELDS,
        body_of=body_of,
        id_of=lambda reply: reply.data["ticket_number"],
        mapping=_pairs(mapping or []),
        key_from=[name.strip() for name in key_from.split(",")] if key_from else (),
        jobs=jobs,
        stops_at_error=on_error is OnError.STOP,
        report=report,
    )
    importing = Import(runtime, plan)
    if runtime.globals.dry_run or runtime.globals.print_curl:
        runtime.output.rows(importing.preview(), importing.shape)
        return
    with Job(folder, importing.identity) as job:
        counts = importing.run(job)
    said = f"{counts['done']} of {counts['lines']} lines imported"
    said += f", {counts['skipped']} were done before." if counts["skipped"] else "."
    runtime.output.done(counts, said=said, plain=counts["done"] + counts["skipped"])


def body_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The request of a line's fields. Raises UsageProblem naming the field."""
    if not fields.get("from"):
        raise UsageProblem("it has no 'from'.")
    request: dict[str, Any] = {"originator_email_address": fields["from"]}
    request |= {"queue_name": fields["queue"]} if "queue" in fields else {}
    request |= {} if not _flag(fields, "internal") else {"is_public": False}
    if _flag(fields, "as-originator"):
        request["use_passed_originator_as_responder"] = True
    values = {name[len(DATA) :]: value for name, value in fields.items() if name.startswith(DATA)}
    if "template" in fields:
        return request | {"template_identifier": fields["template"], "data": values}
    if "intervention" in fields:
        shape = {"intervention": fields["intervention"], "uid": fields.get("uid")}
        return request | shape | {"data": {"data": values}}
    return request | {"data": _content(fields)}


def _content(fields: Mapping[str, Any]) -> dict[str, Any]:
    for name in ("subject", "body"):
        if not isinstance(fields.get(name), str):
            raise UsageProblem(f"it has no '{name}'.")
    kind = fields.get("body-format", BodyFormat.TEXT)
    if kind not in [*BodyFormat]:
        raise UsageProblem(f"its body-format '{kind}' is not one of {', '.join(BodyFormat)}.")
    body = fields["body"]
    content = body if kind == BodyFormat.HTML else html_of(body)
    return {"subject": fields["subject"], "content": content}


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    text = str(fields.get(name, "")).strip().lower()
    if text not in TRUE + FALSE:
        raise UsageProblem(f"its {name} '{text}' is neither true nor false.")
    return text in TRUE


def _pairs(mapping: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in mapping:
        column, equals, name = pair.rpartition("=")
        if not equals or not column:
            raise UsageProblem(f"--map: '{pair}' is not COLUMN=FIELD.")
        if name not in FIELDS and not name.startswith(DATA):
            known = ", ".join(sorted(FIELDS))
            raise UsageProblem(f"--map: there is no field '{name}' (known: {known}, data.NAME).")
        found[column] = name
    return found
