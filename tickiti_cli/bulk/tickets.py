"""What the columns of a file of tickets mean."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tickiti_cli import locations
from tickiti_cli.bulk.importing import Import, Plan
from tickiti_cli.bulk.job import Job
from tickiti_cli.bulk.source import DATA, Source
from tickiti_cli.contract import classic
from tickiti_cli.errors import UsageProblem
from tickiti_cli.options import BodyFormat, FileFormat, content_of
from tickiti_cli.runtime import Runtime

FIELDS = frozenset(
    {"from", "subject", "body", "body-format", "queue", "internal", "as-originator", "template",
     "intervention", "uid"}
)  # fmt: skip
"""The long flags of `ticket create`; `data.NAME` gives a template its values."""

TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0", "")


def plan(
    runtime: Runtime,
    file: str,
    *,
    file_format: FileFormat | None,
    mapping: Sequence[str],
    key_from: str | None,
    jobs: int,
    stops_at_error: bool,
    report: Path | None,
) -> Plan:
    """Raises UsageProblem for a mapping to no field, or a file whose format nobody can tell."""
    spool = locations.journal_dir(runtime.environ) / "stdin.spool"
    return Plan(
        source=Source(file, file_format, spool),
        endpoint=classic.create_ticket,
        fields=FIELDS,
        body_of=body_of,
        id_of=lambda reply: reply.data["ticket_number"],
        mapping=_pairs(mapping),
        key_from=[name.strip() for name in key_from.split(",")] if key_from else (),
        jobs=jobs,
        stops_at_error=stops_at_error,
        report=report,
    )


def preview(runtime: Runtime, plan: Plan) -> None:
    """Show each line's request; send nothing."""
    importing = Import(runtime, plan)
    runtime.output.rows(importing.preview(), importing.shape)


def send(runtime: Runtime, plan: Plan) -> Mapping[str, int]:
    """How many lines there were, and what became of them. Raises PartlyDone."""
    importing = Import(runtime, plan)
    with Job(locations.journal_dir(runtime.environ), importing.identity) as job:
        return importing.run(job)


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
    return {"subject": fields["subject"], "content": content_of(fields["body"], BodyFormat(kind))}


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    text = str(fields.get(name, "")).strip().lower()
    if text not in TRUE + FALSE:
        raise UsageProblem(f"its {name} '{text}' is neither true nor false.")
    return text in TRUE


def _pairs(mapping: Sequence[str]) -> dict[str, str]:
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
