"""An intervention as a TOML file: the members of the API, and a table for each field of the form.

Rule: an error names the file and the member, and is raised before a request is sent.
"""

import tomllib
from collections.abc import Mapping
from typing import Any

from tickiti_cli.contract.errors import TemplateSyntax
from tickiti_cli.contract.placeholders import parse
from tickiti_cli.errors import UsageProblem
from tickiti_cli.files.toml_text import members_of
from tickiti_cli.input.read import read_text

MEMBERS: Mapping[str, type] = {
    "title": str, "queue_name": str, "notify_inbox_managers": bool, "create_urgent": bool,
    "remote_timeout_seconds": int, "remote_enabled": bool, "remote_epilog_url": str,
    "fields": list,
}  # fmt: skip
NEVER_EMPTY = ("title", "queue_name")
"""Members that a server takes as left out where their text is empty."""

FIELD_MEMBERS = ("type", "name", "label")
DEFAULTS: Mapping[str, Any] = {
    "queue_name": "Inbox", "notify_inbox_managers": False, "create_urgent": False,
    "remote_timeout_seconds": 10, "fields": [],
}  # fmt: skip
"""The members of a new intervention that its file does not name."""

KINDS = {
    str: "a quoted string", bool: "true or false", int: "a whole number",
    list: "tables [[fields]]",
}  # fmt: skip


def read(source: str) -> dict[str, Any]:
    """Read the members from a file, or from standard input for `-`. Raises UsageProblem."""
    flag = f"--file {source}"
    try:
        found = members_of(read_text(source, flag=flag))
    except tomllib.TOMLDecodeError as error:
        raise UsageProblem(f"{flag}: invalid TOML: {error}.") from None
    for name, value in found.items():
        if name not in MEMBERS:
            known = ", ".join(MEMBERS)
            raise UsageProblem(f"{flag}: unknown field '{name}' (known: {known}).")
        if type(value) is not MEMBERS[name]:
            raise UsageProblem(f"{flag}: {name} must be {KINDS[MEMBERS[name]]}.")
        if name in NEVER_EMPTY and not str(value).strip():
            raise UsageProblem(f"{flag}: {name} is empty.")
    for at, field in enumerate(found.get("fields", []), start=1):
        _refuse_bad_field(f"{flag}: field {at}", field)
    return found


def _refuse_bad_field(where: str, field: object) -> None:
    if not isinstance(field, dict):
        raise UsageProblem(f"{where} must be a table [[fields]].")
    for name in field:
        if name not in FIELD_MEMBERS:
            raise UsageProblem(
                f"{where}: unknown key '{name}' (known: {', '.join(FIELD_MEMBERS)})."
            )
    for name in FIELD_MEMBERS:
        if not isinstance(field.get(name), str):
            raise UsageProblem(f"{where}: {name} must be {KINDS[str]}.")
    try:
        parse(field["label"], field="label")
    except TemplateSyntax as error:
        raise UsageProblem(f"{where}: label: {error.problem}.") from None
