"""`ticket import`: turns each record of a file into the request that opens a ticket."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from tickiti_cli import paths
from tickiti_cli.bulk.job.line_requests import Plan
from tickiti_cli.bulk.options import BulkOptions
from tickiti_cli.bulk.records import header
from tickiti_cli.bulk.records.file_format import Dialect
from tickiti_cli.bulk.records.record import DATA, text_of
from tickiti_cli.bulk.records.source import Source, shown_name
from tickiti_cli.contract import classic
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.body import BodyFormat, content_of
from tickiti_cli.input.template_data import nested
from tickiti_cli.parser.choices import MOST_LINE
from tickiti_cli.parser.options import address_of
from tickiti_cli.runtime import Runtime
from tickiti_cli.suggest import none_of

FIELDS = frozenset(
    {"from", "subject", "body", "body-format", "queue", "internal", "as-originator", "template",
     "intervention", "uid"}
)  # fmt: skip
"""The fields of a record are the long flags of `ticket create`. `data.NAME` is a template value."""

NEEDED = ("from", "subject", "body")
"""The fields of every ticket. A template or an intervention stands for subject and body."""

TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0", "")


def plan(
    runtime: Runtime,
    file: str,
    *,
    dialect: Dialect,
    mapping: Sequence[str],
    options: BulkOptions,
) -> Plan:
    """Make the plan of the job.

    Raises UsageProblem for a mapping to an unknown field, and where neither a flag nor the file's
    name tells its format.
    """
    pairs = _pairs(mapping)
    runtime.columns = {
        **{field: field for field in FIELDS},
        **{field: column for column, field in pairs.items()},
        "data": f"{DATA}{{}}",
    }
    field_of = _fields(pairs)

    shown = shown_name(file)

    def check_header(columns: Sequence[str]) -> None:
        used = (column for column in columns if field_of(column) or column in options.key_from)
        header.refuse_repeated(shown, columns, frozenset(used).__contains__)
        _refuse_unmapped(shown, pairs, columns)
        _refuse_lacking(shown, columns, {field_of(column) for column in columns})
        header.refuse_unknown("--key-from", shown, options.key_from, columns)

    return Plan(
        source=Source(file, dialect, paths.journal_dir(runtime.environ), check_header),
        endpoint=runtime.client.pin_generation(classic.create_ticket),
        field_of=field_of,
        body_of=body_of,
        id_of=lambda reply: reply.accepted.id("ticket_number"),
        options=options,
        request_options={f"--map {column}": name for column, name in pairs.items()},
    )


def _refuse_unmapped(file: str, pairs: Mapping[str, str], columns: Sequence[str]) -> None:
    """Raise UsageProblem where --map names a column that the file lacks, in any case."""
    folded = {column.casefold() for column in columns}
    lacking = [column for column in pairs if column.casefold() not in folded]
    header.refuse_unknown("--map", file, lacking, columns)


def _refuse_lacking(file: str, columns: Sequence[str], fields: Collection[str | None]) -> None:
    """Raise UsageProblem where no row can become a ticket, because its columns are missing."""
    has_content = "template" in fields or "intervention" in fields
    needed = NEEDED[:1] if has_content else NEEDED
    if missing := [name for name in needed if name not in fields]:
        header.refuse_missing(file, missing, columns, "Name a column's field: --map COLUMN=FIELD")


def body_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Make the request from the fields of a record. Raises UsageProblem naming the field."""
    sender = text_of(fields, "from")
    if not sender:
        raise UsageProblem("'from' is missing.")
    address_of(sender, "'from'")
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
    subject, body = _subject(fields), _needed(fields, "body")
    kind = text_of(fields, "body-format") or BodyFormat.TEXT
    if kind not in [*BodyFormat]:
        raise UsageProblem(f"its body-format '{kind}' is not {none_of(kind, BodyFormat)}.")
    return {"subject": subject, "content": content_of(body, BodyFormat(kind))}


def _needed(fields: Mapping[str, Any], name: str) -> str:
    found = text_of(fields, name)
    if found is None:
        raise UsageProblem(f"'{name}' is missing.")
    return found


def _subject(fields: Mapping[str, Any]) -> str:
    subject = _needed(fields, "subject")
    if len(subject.strip()) > MOST_LINE:
        raise UsageProblem(f"its subject has {len(subject)} characters; at most {MOST_LINE} fit.")
    return subject


def _flag(fields: Mapping[str, Any], name: str) -> bool:
    value = fields.get(name)
    text = "" if value is None else str(value).strip().lower()
    if text not in TRUE + FALSE:
        raise UsageProblem(f"its {name} '{text}' is neither true nor false.")
    return text in TRUE


def _fields(mapping: Mapping[str, str]) -> Callable[[str], str | None]:
    """Find the field of a column: by --map, else by its name in any case."""
    folded = {column.casefold(): name for column, name in mapping.items()}

    def field_of(column: str) -> str | None:
        found = mapping.get(column) or folded.get(column.casefold())
        if found or column in FIELDS or column.startswith(DATA):
            return found or column
        lower = column.casefold()
        if lower.startswith(DATA):
            return DATA + column[len(DATA) :]
        return lower if lower in FIELDS else None

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
