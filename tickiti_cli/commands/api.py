"""`tickiti api`: call any endpoint by name or path."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from tickiti_cli.api.request import Upload
from tickiti_cli.contract.catalogue import CATALOGUE, FAMILIES
from tickiti_cli.contract.endpoint import Access, Body, Endpoint, Envelope, Key
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.read import parse_json, read_bytes, read_text
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime
from tickiti_cli.suggest import nearest

app = verb()

LISTED = columns("name", "path", "abilities", "key", leaving=("key", "abilities", "path"))


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
            help="Endpoint name or path; with --list, a family",
            autocompletion=offering(*CATALOGUE),
        ),
    ] = None,
    text_field: Annotated[
        list[str] | None,
        typer.Option("-f", "--field", metavar="K=V", help="Text field of the body"),
    ] = None,
    json_field: Annotated[
        list[str] | None,
        typer.Option(
            "-F",
            "--json-field",
            metavar="K=JSON",
            help="JSON field of the body, or K=@FILE",
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--input", metavar="FILE", help='Read the whole body from FILE ("-" for stdin)'
        ),
    ] = None,
    include: Annotated[
        bool, typer.Option("-i", "--include", help="Show the status and headers")
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="List endpoints")] = False,
) -> None:
    """Call any API endpoint.

    ENDPOINT is a name such as tickets.show (see: tickiti api --list) or a path: with a leading / as
    given, else below /api/ or /api/v1/.
    """
    runtime: Runtime = ctx.obj
    if listed:
        runtime.output.rows(_listing(endpoint), LISTED)
        return
    if endpoint is None:
        raise UsageProblem("Missing ENDPOINT.", hint="See: tickiti api --list")
    row = _find(endpoint)
    _refuse_idle_key(row, runtime.globals.idempotency_key)
    body = _whole(source) if source else {}
    members = _form if row.body is Body.MULTIPART else _members
    body |= members(text_field or [], json_field or [])
    place: dict[str, Any] = {name: _part_of_path(row, name, body) for name in row.params}
    reply = runtime.client.sender.call(row, body, **place)
    runtime.output.raw(reply.body, reply.text, head=reply.head if include else "")


def _find(wanted: str) -> Endpoint:
    """Return the endpoint of a name or a path. A path that the catalogue lacks gets a row of its
    own."""
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


def _refuse_idle_key(row: Endpoint, key: str | None) -> None:
    """Raise UsageProblem for a key that the server would ignore, so that a second run of the same
    command would write once more."""
    if key is not None and row.writes and row.key is Key.NONE:
        raise UsageProblem(
            f"{row.name} takes no idempotency key: each request is carried out.",
            hint="Leave --idempotency-key out.",
        )


def _part_of_path(row: Endpoint, name: str, body: dict[str, Any]) -> object:
    """Take a field out of the body, because its name stands in braces in the path."""
    if name not in body:
        raise UsageProblem(f"{row.name} needs {name} for its path, {row.path}: -f {name}=VALUE.")
    return body.pop(name)


def _literal(path: str) -> str:
    """Escape the braces of a path that was typed, because they name no parameter."""
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
        _refuse_second(members, name)
        members[name] = value
    for field in json_fields:
        name, value = _pair(field, "-F")
        flag = f"-F {name}"
        _refuse_second(members, name)
        text = read_text(value[1:], flag=flag) if value.startswith("@") else value
        members[name] = parse_json(text, flag=flag)
    return members


def _form(text_fields: list[str], file_fields: list[str]) -> dict[str, Any]:
    """Return the members of a multipart body: -F K=@FILE is a file, any other value is text."""
    members: dict[str, Any] = {}
    for field in text_fields:
        name, value = _pair(field, "-f")
        _refuse_second(members, name)
        members[name] = value
    for field in file_fields:
        name, value = _pair(field, "-F")
        _refuse_second(members, name)
        if value.startswith("@"):
            content = read_bytes(value[1:], flag=f"-F {name}")
            members[name] = Upload(Path(value[1:]).name, content)
        else:
            members[name] = value
    return members


def _refuse_second(members: Mapping[str, Any], name: str) -> None:
    """Raise UsageProblem for a field that two flags give, because only one value would be sent."""
    if name in members:
        raise UsageProblem(f"Two of -f and -F give '{name}': give one of them.")


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
