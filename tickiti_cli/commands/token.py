"""`tickiti token`: mint, list, show, rotate and revoke the bundled server's tokens."""

from typing import Annotated, Any

import typer

from tickiti_cli.command import Command, ConfirmedCommand, examples, noun, offering
from tickiti_cli.contract import catalogue, tokens
from tickiti_cli.contract.endpoint import Ability, Access
from tickiti_cli.errors import NothingFound, UsageProblem
from tickiti_cli.installing import destination, install_everywhere
from tickiti_cli.options import moment_of, seconds_of
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

app = noun("Mint, list, rotate and revoke tokens.")

LISTED = columns("id", "name", "status", "family", "last_used_at", "expires_at", "overlap_until")
SHOWN = columns(
    "id", "name", "status", "family", "abilities", "created_at", "last_used_at", "expires_at",
    "overlap_until",
)  # fmt: skip

PRESETS: dict[str, tuple[Ability, ...]] = {
    "read-only": (
        Ability.TICKET_INDEX,
        *(ability for ability in Ability if ability.endswith(":read")),
    ),
    "filer": (Ability.CREATE_TICKET, Ability.TICKET_RESPOND),
    "mailer": (Ability.SEND_EMAIL,),
    "full": tuple(ability for ability in Ability if ability is not Ability.MANAGE_TOKENS),
}
"""What integrations commonly need; `full` is everything but the management of tokens."""

Token = Annotated[
    str | None,
    typer.Argument(metavar="ID|NAME", help="Its id, or its name for the newest active one."),
]
Expires = Annotated[
    str | None, typer.Option(metavar="90d|DATE", help="When it stops working by itself.")
]
Install = Annotated[
    list[str] | None,
    typer.Option(
        metavar="DEST",
        help="Put it there: file:PATH or profile:NAME.",
        autocompletion=offering("file:", "profile:"),
    ),
]


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti token mint --name sales-portal --preset filer --expires 90d --out portal.token",
        "tickiti token mint --name reports --ability ticket-index --ability tickets:read",
    ),
)
def mint(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Option(help="What it is for.")],
    ability: Annotated[
        list[str] | None,
        typer.Option(help="See: tickiti token abilities", autocompletion=offering(*Ability)),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(help="read-only, filer, mailer or full.", autocompletion=offering(*PRESETS)),
    ] = None,
    expires: Expires = None,
    never: Annotated[bool, typer.Option("--never", help="It works until it is revoked.")] = False,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Write it to a file.")] = None,
    install: Install = None,
) -> None:
    """Mint a token. It is shown this once."""
    runtime: Runtime = ctx.obj
    if expires and never:
        raise UsageProblem("Give --expires or --never, not both.")
    destinations = [f"file:{out}", *(install or [])] if out else install or []
    places = [destination(text, runtime.config) for text in destinations]
    request: dict[str, Any] = {"name": name, "abilities": _abilities(ability or [], preset)}
    request |= {"expires_at": moment_of(expires, "--expires")} if expires else {}
    minted = runtime.client.call(tokens.mint, request).data
    install_everywhere(minted, places)
    _report(runtime, minted, destinations, said=f"Minted token {minted['id']}, '{name}'.")


@app.command(
    "list",
    cls=Command,
    epilog=examples("tickiti token list", "tickiti token list --expiring 14d --json"),
)
def list_tokens(
    ctx: typer.Context,
    *,
    expiring: Annotated[
        str | None, typer.Option(metavar="14d", help="Only what expires within this time.")
    ] = None,
    unused_for: Annotated[
        str | None, typer.Option(metavar="90d", help="Only what was not used for this time.")
    ] = None,
) -> None:
    """List the server's tokens; never their secrets."""
    runtime: Runtime = ctx.obj
    request: dict[str, int] = {}
    if expiring is not None:
        request["expiring_within"] = seconds_of(expiring, "--expiring")
    if unused_for is not None:
        request["unused_for"] = seconds_of(unused_for, "--unused-for")
    listed = runtime.client.call(tokens.index, request).data["tokens"]
    runtime.output.rows(listed, LISTED, empty="No tokens.")


@app.command(cls=Command, epilog=examples("tickiti token view --self", "tickiti token view 1"))
def view(
    ctx: typer.Context,
    *,
    token: Token = None,
    own: Annotated[bool, typer.Option("--self", help="The token in use.")] = False,
) -> None:
    """Show a token: what it may do, when it was used and until when it works."""
    runtime: Runtime = ctx.obj
    _refuse_both(token, own=own)
    row = _self(runtime) if own else _find(runtime, str(token))
    runtime.output.show(row, SHOWN)


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti token rotate --self --overlap 24h --install profile:local",
        "tickiti token rotate sales-portal --overlap 24h --install file:portal.token",
    ),
)
def rotate(
    ctx: typer.Context,
    *,
    token: Token = None,
    own: Annotated[bool, typer.Option("--self", help="The token in use.")] = False,
    overlap: Annotated[
        str, typer.Option(metavar="24h", help="How long the old one still works.")
    ] = "24h",
    expires: Expires = None,
    install: Install = None,
) -> None:
    """Mint the successor of a token; the old one works on for the overlap."""
    runtime: Runtime = ctx.obj
    _refuse_both(token, own=own)
    places = [destination(text, runtime.config) for text in install or []]
    old = _self(runtime) if own else _find(runtime, str(token))
    request: dict[str, Any] = {
        "id": old["id"],
        "overlap_seconds": seconds_of(overlap, "--overlap"),
    }
    request |= {"expires_at": moment_of(expires, "--expires")} if expires else {}
    minted = runtime.client.call(tokens.rotate, request).data
    install_everywhere(minted, places)
    said = f"Token {minted['id']} follows token {old['id']}, which works for another {overlap}."
    _report(runtime, minted, install or [], said=said)


@app.command(
    cls=ConfirmedCommand,
    epilog=examples("tickiti token revoke 2 --yes", "tickiti token revoke --self --yes"),
)
def revoke(
    ctx: typer.Context,
    *,
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="ID...", help="The tokens' ids.")
    ] = None,
    own: Annotated[bool, typer.Option("--self", help="The token in use.")] = False,
) -> None:
    """Revoke tokens: they stop working at once and for good."""
    runtime: Runtime = ctx.obj
    _refuse_both(ids or None, own=own)
    wanted = [_self(runtime)["id"]] if own else ids or []
    names = ", ".join(str(token_id) for token_id in wanted)
    runtime.confirm(f"Revoke token {names}?")
    revoked = runtime.client.call(tokens.revoke, {"ids": wanted}).data
    runtime.output.done(revoked, said=f"Revoked token {names}.", plain=names)


@app.command(
    cls=Command, epilog=examples("tickiti token abilities", "tickiti token abilities --json")
)
def abilities(ctx: typer.Context) -> None:
    """List every ability, the presets that hold it and the endpoints it opens."""
    runtime: Runtime = ctx.obj
    rows = [
        {
            "ability": ability.value,
            "presets": [name for name, held in PRESETS.items() if ability in held],
            "endpoints": _opened_by(ability),
        }
        for ability in Ability
    ]
    runtime.output.rows(rows, columns("ability", "presets", "endpoints"))


def _opened_by(ability: Ability) -> list[str]:
    rows = catalogue.CATALOGUE.values()
    return [row.name for row in rows if row.access is Access.ABILITY and ability in row.needs]


def _abilities(given: list[str], preset: str | None) -> list[str]:
    """What --ability and --preset add up to. Raises UsageProblem for unknown names or none."""
    if preset is not None and preset not in PRESETS:
        raise UsageProblem(f"--preset: there is no '{preset}' (known: {', '.join(PRESETS)}).")
    known = {ability.value for ability in Ability}
    for name in given:
        if name not in known:
            raise UsageProblem(
                f"--ability: there is no '{name}'.", hint="See: tickiti token abilities"
            )
    wanted = sorted({*given, *(PRESETS[preset] if preset else ())})
    if not wanted:
        raise UsageProblem("Say what the token may do: --ability NAME or --preset NAME.")
    return wanted


def _report(
    runtime: Runtime, minted: dict[str, Any], destinations: list[str], *, said: str
) -> None:
    """The token alone on stdout, or nothing secret at all where it was put somewhere."""
    if not destinations and not runtime.output.is_json:
        runtime.output.remark(f"{said} This is the only time it is shown:")
        runtime.output.text(minted["token"])
        return
    shown = {name: value for name, value in minted.items() if name != "token" or not destinations}
    where = f" It is in {', '.join(destinations)}." if destinations else ""
    runtime.output.done(shown, said=said + where, plain=minted["id"])


def _self(runtime: Runtime) -> dict[str, Any]:
    found: dict[str, Any] = runtime.client.call(tokens.self_, {}).data
    return found


def _find(runtime: Runtime, wanted: str) -> dict[str, Any]:
    """A token by id, or the newest active one of that name. Raises NothingFound."""
    listed = runtime.client.call(tokens.index, {}).data["tokens"]
    if wanted.isascii() and wanted.isdigit():
        matches = [row for row in listed if row["id"] == int(wanted)]
    else:
        matches = [row for row in listed if row["name"] == wanted]
        matches = [row for row in matches if row["status"] == "active"] or matches
    if not matches:
        raise NothingFound(f"There is no token '{wanted}'.", hint="See: tickiti token list")
    newest: dict[str, Any] = max(matches, key=lambda row: row["id"])
    return newest


def _refuse_both(token: object, *, own: bool) -> None:
    if (token is None) != own:
        raise UsageProblem("Name a token, or say --self; one of the two.")
