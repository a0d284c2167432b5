"""`email bulk`: turns each record of a file into an address and the values of a template."""

from collections.abc import Mapping, Sequence
from typing import Any

from tickiti_cli import paths
from tickiti_cli.bulk.job.line_requests import Plan
from tickiti_cli.bulk.options import BulkOptions
from tickiti_cli.bulk.records import header
from tickiti_cli.bulk.records.file_format import Dialect
from tickiti_cli.bulk.records.record import DATA, value_without_case
from tickiti_cli.bulk.records.source import Source, shown_name
from tickiti_cli.contract import classic
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.template_data import nested
from tickiti_cli.parser.options import address_of
from tickiti_cli.runtime import Runtime


def plan(
    runtime: Runtime,
    file: str,
    *,
    dialect: Dialect,
    to_field: str,
    constants: Mapping[str, Any],
    options: BulkOptions,
) -> Plan:
    """Make the plan of the job. `constants` are the members that every request has: the template,
    the mailbox.

    Raises UsageProblem where neither a flag nor the file's name tells its format.
    """

    def body_of(values: Mapping[str, Any]) -> dict[str, Any]:
        to = value_without_case(values, to_field)
        if not to:
            raise UsageProblem(f"'{to_field}' is missing.")
        address_of(to, f"'{to_field}'")
        column = to_field.casefold()
        others = {name: value for name, value in values.items() if name.casefold() != column}
        data = nested({name.removeprefix(DATA): value for name, value in others.items()})
        return {"to_address": to, **constants, "data": data}

    shown = shown_name(file)

    def check_header(columns: Sequence[str]) -> None:
        header.refuse_repeated(shown, columns, lambda _: True)
        if to_field.casefold() not in {column.casefold() for column in columns}:
            flag = "Name the column of the address: --to-field COLUMN"
            header.refuse_missing(shown, [to_field], columns, flag)
        header.refuse_unknown("--key-from", shown, options.key_from, columns)

    runtime.columns = {"to": to_field, "data": "{}"}
    return Plan(
        source=Source(file, dialect, paths.journal_dir(runtime.environ), check_header),
        endpoint=classic.send_email,
        field_of=lambda column: column,
        body_of=body_of,
        id_of=lambda reply: reply.accepted.id("email_id"),
        options=options,
        request_options={name: str(value) for name, value in constants.items()} | {"to": to_field},
        former_identity={"template": constants["template_identifier"]},
    )
