"""`tickiti api`: call any endpoint by name or path."""

import json
import re
import sys
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from tickiti_cli.command import WriteCommand, examples, verb
from tickiti_cli.contract.catalogue import CATALOGUE, FAMILIES
from tickiti_cli.contract.endpoint import Access, Endpoint, Envelope, Key
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

app = verb()

LISTED = columns("name", "path", "abilities", "key")


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti api tickiti_api_index",
        "tickiti api tickets.show -f ticket_number=220009",
        "tickiti api --list tickets",
    ),
)
def api(
    ctx: typer.Context,
    *,
    endpoint: Annotated[str | None, typer.Argument(metavar="ENDPOINT|PATH")] = None,
    text_field: Annotated[
        list[str] | None, typer.Option("-f", "--field", metavar="K=V", help="A text member.")
    ] = None,
    json_field: Annotated[
        list[str] | None,
        typer.Option("-F", "--json-field", metavar="K=JSON", help="A JSON member, or K=@FILE."),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--input", metavar="FILE", help="The whole body; - is stdin.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the endpoints.")] = False,
) -> None:
    """Call an endpoint by its name, a path that begins with /, or a classic or v1 path."""
    runtime: Runtime = ctx.obj
    if listed:
        runtime.output.rows(_listing(endpoint), LISTED)
        return
    if endpoint is None:
        raise UsageProblem("Name an endpoint.", hint="See: tickiti api --list")
    row = _find(endpoint)
    body = _whole(source) if source else {}
    body |= _members(text_field or [], json_field or [])
    reply = runtime.client.call(row, body)
    runtime.output.raw(reply.body, reply.text)


def _find(wanted: str) -> Endpoint:
    """The row, or one made up for a path that the catalogue does not know."""
    if wanted in CATALOGUE:
        row = CATALOGUE[wanted]
        if row.params:
            raise UsageProblem(f"{wanted} has a path of its own: {row.path}; give that path.")
        return row
    paths = [wanted] if wanted.startswith("/") else [f"/api/{wanted}", f"/api/v1/{wanted}"]
    for path in paths:
        for row in CATALOGUE.values():
            if re.fullmatch(re.sub(r"{\w+}", "[^/]+", row.path), path):
                return replace(row, path=_literal(path))
    if not wanted.startswith("/") and "/" not in wanted:
        raise UsageProblem(
            f"There is no endpoint '{wanted}'.{_nearest(wanted)}", hint="See: tickiti api --list"
        )
    return Endpoint(
        name=paths[0],
        path=_literal(paths[0]),
        access=Access.TOKEN,
        writes=True,
        key=Key.OPTIONAL,
        envelope=Envelope.BARE,
    )


def _literal(path: str) -> str:
    """Braces in a path that was typed are no parameters."""
    return path.replace("{", "{{").replace("}", "}}")


def _nearest(wanted: str) -> str:
    near = get_close_matches(wanted, CATALOGUE, n=1)
    return f" Did you mean {near[0]}?" if near else ""


def _listing(family: str | None) -> list[dict[str, Any]]:
    if family is not None and family not in FAMILIES:
        raise UsageProblem(f"--list: there is no family '{family}' (known: {', '.join(FAMILIES)}).")
    modules = [FAMILIES[family]] if family else FAMILIES.values()
    return [
        {
            "name": row.name,
            "path": row.path,
            "abilities": [ability.value for ability in row.needs],
            "key": row.key.name.lower(),
        }
        for module in modules
        for row in module.ROWS
    ]


def _members(text_fields: list[str], json_fields: list[str]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for field in text_fields:
        name, value = _pair(field, "-f")
        members[name] = value
    for field in json_fields:
        name, value = _pair(field, "-F")
        text = _read(value[1:]) if value.startswith("@") else value
        members[name] = _json(text, f"-F {name}")
    return members


def _pair(field: str, flag: str) -> tuple[str, str]:
    name, equals, value = field.partition("=")
    if not name or not equals:
        raise UsageProblem(f"{flag}: '{field}' is not NAME=VALUE.")
    return name, value


def _whole(source: str) -> dict[str, Any]:
    body = _json(_read(source), f"--input {source}")
    if not isinstance(body, dict):
        raise UsageProblem(f"--input {source}: must be a JSON object.")
    return body


def _json(text: str, flag: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageProblem(f"{flag}: not JSON: {error}.") from None


def _read(source: str) -> str:
    try:
        if source == "-":
            return "" if sys.stdin is None else sys.stdin.read()
        return Path(source).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"{source}: {error}.") from error
