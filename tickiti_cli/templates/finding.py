"""Templates on the server: every one of them, or one by its identifier or id."""

from typing import Any

from tickiti_cli.contract import templates
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.placeholders import names_in
from tickiti_cli.errors import NothingFound
from tickiti_cli.replies import Members
from tickiti_cli.runtime import Runtime


def every(runtime: Runtime) -> list[dict[str, Any]]:
    """The rows of all templates, FAQs included, without their contents; by identifier."""
    rows = [row for listing in (templates.index, templates.faqs) for row in _rows(runtime, listing)]
    return sorted(rows, key=lambda row: str(row["identifier"]))


def find(runtime: Runtime, wanted: str) -> dict[str, Any]:
    """One template with its content and `placeholders`, by identifier, else by id.

    Raises NothingFound.
    """
    rows = every(runtime)
    matches = [row for row in rows if row["identifier"] == wanted]
    matches = matches or [row for row in rows if str(row["id"]) == wanted]
    if not matches:
        raise NothingFound(f"There is no template '{wanted}'.", hint="See: tickiti template list")
    return shown(runtime, matches[0]["id"])


def shown(runtime: Runtime, template_id: str) -> dict[str, Any]:
    found: dict[str, Any] = runtime.client.call(templates.show, {"template_id": template_id}).data
    names = names_in(found.get("subject") or "", found.get("content") or "")
    return Members({**found, "placeholders": names})


def _rows(runtime: Runtime, listing: Endpoint) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = runtime.client.call(listing, {}).data
    return rows
