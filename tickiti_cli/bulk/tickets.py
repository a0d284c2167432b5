"""What the columns of a file of tickets mean."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tickiti_cli import locations
from tickiti_cli.bulk.importing import Plan
from tickiti_cli.bulk.manner import Manner
from tickiti_cli.bulk.source import DATA, Source
from tickiti_cli.contract import classic
from tickiti_cli.errors import UsageProblem
from tickiti_cli.nearest import none_of
from tickiti_cli.options import BodyFormat, FileFormat, content_of
from tickiti_cli.runtime import Runtime
from tickiti_cli.values import nested

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
    manner: Manner,
) -> Plan:
    """Raises UsageProblem for a mapping to no field, or a file whose format nobody can tell."""
    field_of = _fields(_pairs(mapping))
    return Plan(
        source=Source(file, file_format, locations.journal_dir(runtime.environ)),
        endpoint=runtime.fix(classic.create_ticket),
        field_of=field_of,
        body_of=body_of,
        id_of=lambda reply: reply.accepted.id("ticket_number"),
        manner=manner,
    )


def body_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The request of a line's fields. Raises UsageProblem naming the field."""
    if not fields.get("from"):
        raise UsageProblem("it has no 'from'.")
    request: dict[str, Any] = {"originator_email_address": fields["from"]}
    request |= {"queue_name": fields["queue"]} if "queue" in fields else {}
    request |= {} if not _flag(fields, "internal") else {"is_public": False}
    if _flag(fields, "as-originator"):
        request["use_passed_originator_as_responder"] = True
    data = {name: value for name, value in fields.items() if name.startswith(DATA)}
    values = nested({name.removeprefix(DATA): value for name, value in data.items()})
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
        raise UsageProblem(f"its body-format '{kind}' is not {none_of(str(kind), BodyFormat)}.")
    return {"subject": fields["subject"], "content": content_of(fields["body"], BodyFormat(kind))}


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    text = str(fields.get(name, "")).strip().lower()
    if text not in TRUE + FALSE:
        raise UsageProblem(f"its {name} '{text}' is neither true nor false.")
    return text in TRUE


def _fields(mapping: Mapping[str, str]) -> Callable[[str], str | None]:
    def field_of(column: str) -> str | None:
        name = mapping.get(column, column)
        return name if name in FIELDS or name.startswith(DATA) else None

    return field_of


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
