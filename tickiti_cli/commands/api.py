"""`tickiti api`: call any endpoint by name or path."""

import re
from typing import Annotated, Any

import typer

from tickiti_cli.command import WriteCommand, examples, offering, verb
from tickiti_cli.contract.catalogue import CATALOGUE, FAMILIES
from tickiti_cli.contract.endpoint import Access, Endpoint, Envelope, Key
from tickiti_cli.errors import UsageProblem
from tickiti_cli.inputs import parse_json, read_text
from tickiti_cli.nearest import nearest
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
    endpoint: Annotated[
        str | None,
        typer.Argument(
            metavar="ENDPOINT|PATH",
            help="A name of api --list, or a path; with --list, a family.",
            autocompletion=offering(*CATALOGUE),
        ),
    ] = None,
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
    include: Annotated[
        bool, typer.Option("-i", "--include", help="Show status and headers first.")
    ] = False,
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
    place = {name: _part_of_path(row, name, body) for name in row.params}
    reply = runtime.client.call(row, body, **place)
    runtime.output.raw(reply.body, reply.text, head=reply.head if include else "")


def _find(wanted: str) -> Endpoint:
    """The row, or one made up for a path that the catalogue does not know."""
    if wanted in CATALOGUE:
        return CATALOGUE[wanted]
    paths = [wanted] if wanted.startswith("/") else [f"/api/{wanted}", f"/api/v1/{wanted}"]
    for path in paths:
        for row in CATALOGUE.values():
            if re.fullmatch(re.sub(r"{\w+}", "[^/]+", row.path), path):
                return row._replace(path=_literal(path))
    if not wanted.startswith("/") and "/" not in wanted:
        raise UsageProblem(
            f"There is no endpoint '{wanted}'.{nearest(wanted, CATALOGUE)}",
            hint="See: tickiti api --list",
        )
    return Endpoint(
        name=paths[0],
        path=_literal(paths[0]),
        access=Access.TOKEN,
        writes=True,
        key=Key.OPTIONAL,
        envelope=Envelope.BARE,
    )


def _part_of_path(row: Endpoint, name: str, body: dict[str, Any]) -> object:
    """A field whose name stands in the path's braces goes there, not into the body."""
    if name not in body:
        raise UsageProblem(f"{row.name} needs {name} for its path, {row.path}: -f {name}=VALUE.")
    return body.pop(name)


def _literal(path: str) -> str:
    """Braces in a path that was typed are no parameters."""
    return path.replace("{", "%7B").replace("}", "%7D")


def _listing(family: str | None) -> list[dict[str, Any]]:
    if family is not None and family not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise UsageProblem(
            f"--list: there is no family '{family}' (known: {known}).{nearest(family, FAMILIES)}"
        )
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
        flag = f"-F {name}"
        text = read_text(value[1:], flag=flag) if value.startswith("@") else value
        members[name] = parse_json(text, flag=flag)
    return members


def _pair(field: str, flag: str) -> tuple[str, str]:
    name, equals, value = field.partition("=")
    if not name or not equals:
        raise UsageProblem(f"{flag}: '{field}' is not NAME=VALUE.")
    return name, value


def _whole(source: str) -> dict[str, Any]:
    flag = f"--input {source}"
    body = parse_json(read_text(source, flag=flag), flag=flag)
    if not isinstance(body, dict):
        raise UsageProblem(f"{flag}: must be a JSON object.")
    return body
