"""New tokens: minted, or rotated from one there is."""

from typing import Annotated, Any

import typer

from tickiti_cli import finding
from tickiti_cli.command import Command, examples, offering, verb
from tickiti_cli.contract import tokens
from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.errors import UsageProblem
from tickiti_cli.installing import destination, install_everywhere
from tickiti_cli.options import OwnToken, Token, moment_of, seconds_of
from tickiti_cli.presets import PRESETS
from tickiti_cli.rotation import Rotation, Wanted
from tickiti_cli.runtime import Runtime

app = verb()

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
        "tickiti token mint --name erin --preset full --user erin@trailblazers-club.example",
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
    user: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="A staff user whom it acts for.")
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
    request |= {"user": user} if user is not None else {}
    minted = runtime.client.call(tokens.mint, request).data
    install_everywhere(minted, places)
    _report(runtime, minted, destinations, said=f"Minted token {minted['id']}, '{name}'.")


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti token rotate --self --overlap 24h --install profile:local",
        "tickiti token rotate sales-portal --install file:portal.token --hook 'echo reloaded'",
    ),
)
def rotate(
    ctx: typer.Context,
    *,
    token: Token = None,
    own: OwnToken = False,
    overlap: Annotated[
        str, typer.Option(metavar="24h", help="How long the old one still works.")
    ] = "24h",
    expires: Expires = None,
    install: Install = None,
    hook: Annotated[
        str | None, typer.Option(metavar="CMD", help="Run this once it is installed.")
    ] = None,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Install it without a call that proves it works.")
    ] = False,
) -> None:
    """Mint the successor of a token; the old one works on for the overlap.

    The new one is tried before it is installed. If that, an installation or the hook fails, every
    place is put back as it was, and the new token is revoked.
    """
    runtime: Runtime = ctx.obj
    finding.refuse_both(token, own=own)
    wanted = Wanted(
        places=[destination(text, runtime.config) for text in install or []],
        overlap=seconds_of(overlap, "--overlap"),
        expires_at=moment_of(expires, "--expires") if expires else None,
        hook=hook,
        verifies=not no_verify,
    )
    old = finding.own(runtime) if own else finding.find(runtime, str(token))
    minted = Rotation(runtime, wanted).run(old)
    said = f"Token {minted['id']} follows token {old['id']}, which works for another {overlap}."
    _report(runtime, minted, install or [], said=said)


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
