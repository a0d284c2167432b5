"""What the columns of a file of recipients mean: an address, and values for the template."""

from collections.abc import Mapping
from typing import Any

from tickiti_cli import locations
from tickiti_cli.bulk.asking import Plan
from tickiti_cli.bulk.line import DATA, text_of
from tickiti_cli.bulk.manner import Manner
from tickiti_cli.bulk.source import Source
from tickiti_cli.contract import classic
from tickiti_cli.errors import UsageProblem
from tickiti_cli.options import FileFormat
from tickiti_cli.runtime import Runtime
from tickiti_cli.values import nested


def plan(
    runtime: Runtime,
    file: str,
    *,
    file_format: FileFormat | None,
    to_field: str,
    letter: Mapping[str, Any],
    manner: Manner,
) -> Plan:
    """`letter` is what the request of every line has: the template, the mailbox.

    Raises UsageProblem for a file whose format nobody can tell.
    """

    def body_of(values: Mapping[str, Any]) -> dict[str, Any]:
        to = text_of(values, to_field)
        if not to:
            raise UsageProblem(f"it has no '{to_field}'.")
        others = {name: value for name, value in values.items() if name != to_field}
        data = nested({name.removeprefix(DATA): value for name, value in others.items()})
        return {"to_address": to, **letter, "data": data}

    return Plan(
        source=Source(file, file_format, locations.journal_dir(runtime.environ)),
        endpoint=classic.send_email,
        field_of=lambda column: column,
        body_of=body_of,
        id_of=lambda reply: reply.accepted.id("email_id"),
        manner=manner,
        options={name: str(value) for name, value in letter.items()} | {"to": to_field},
        variant={"template": letter["template_identifier"]},
    )
