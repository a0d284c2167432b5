"""What the columns of a file of tickets mean."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tickiti_cli import locations
from tickiti_cli.bulk.asking import Plan
from tickiti_cli.bulk.line import DATA, text_of
from tickiti_cli.bulk.manner import Manner
from tickiti_cli.bulk.source import Source
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
    pairs = _pairs(mapping)
    return Plan(
        source=Source(file, file_format, locations.journal_dir(runtime.environ)),
        endpoint=runtime.fix(classic.create_ticket),
        field_of=_fields(pairs),
        body_of=body_of,
        id_of=lambda reply: reply.accepted.id("ticket_number"),
        manner=manner,
        options={f"--map {column}": name for column, name in pairs.items()},
    )


def body_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The request of a line's fields. Raises UsageProblem naming the field."""
    sender = text_of(fields, "from")
    if not sender:
        raise UsageProblem("it has no 'from'.")
    request: dict[str, Any] = {"originator_email_address": sender}
    if (queue := text_of(fields, "queue")) is not None:
        request["queue_name"] = queue
    request |= {} if not _flag(fields, "internal") else {"is_public": False}
    if _flag(fields, "as-originator"):
        request["use_passed_originator_as_responder"] = True
    data = {name: value for name, value in fields.items() if name.startswith(DATA)}
    values = nested({name.removeprefix(DATA): value for name, value in data.items()})
    if (template := text_of(fields, "template")) is not None:
        return request | {"template_identifier": template, "data": values}
    if (intervention := text_of(fields, "intervention")) is not None:
        shape = {"intervention": intervention, "uid": fields.get("uid")}
        return request | shape | {"data": {"data": values}}
    return request | {"data": _content(fields)}


def _content(fields: Mapping[str, Any]) -> dict[str, Any]:
    subject, body = (_needed(fields, name) for name in ("subject", "body"))
    kind = text_of(fields, "body-format") or BodyFormat.TEXT
    if kind not in [*BodyFormat]:
        raise UsageProblem(f"its body-format '{kind}' is not {none_of(kind, BodyFormat)}.")
    return {"subject": subject, "content": content_of(body, BodyFormat(kind))}


def _needed(fields: Mapping[str, Any], name: str) -> str:
    found = text_of(fields, name)
    if found is None:
        raise UsageProblem(f"it has no '{name}'.")
    return found


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name)
    text = "" if value is None else str(value).strip().lower()
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
