"""New tokens."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from tickiti_cli import minting, unfinished
from tickiti_cli.choices import Words
from tickiti_cli.command import Command, examples, verb
from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.replacing import is_stdout
from tickiti_cli.errors import UsageProblem
from tickiti_cli.installing import destinations, report
from tickiti_cli.options import Expires, Install, moment_of
from tickiti_cli.presets import PRESETS
from tickiti_cli.runtime import Runtime

app = verb()


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
        typer.Option(
            metavar="ABILITY", help="See: tickiti token abilities", click_type=Words([*Ability])
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="PRESET",
            help="read-only, filer, mailer or full.",
            click_type=Words([*PRESETS]),
        ),
    ] = None,
    user: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="A staff user whom it acts for.")
    ] = None,
    expires: Expires = None,
    never: Annotated[bool, typer.Option("--never", help="It works until it is revoked.")] = False,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Write it to a file.")] = None,
    install: Install = None,
) -> None:
    """Mint a token. It is shown this once.

    If it cannot be put where --out and --install say, every place is put back as it was, and the
    token is revoked.
    """
    runtime: Runtime = ctx.obj
    if expires and never:
        raise UsageProblem("Give --expires or --never, not both.")
    is_file = out is not None and not is_stdout(out)
    named = [*([f"file:{out}"] if is_file else []), *(install or [])]
    places = destinations(named, runtime.config)
    request: dict[str, Any] = {"name": name, "abilities": _abilities(ability or [], preset)}
    request |= {"expires_at": moment_of(expires, "--expires")} if expires else {}
    request |= {"user": user} if user is not None else {}

    def tell(minted: Mapping[str, Any]) -> None:
        report(runtime, minted, named, said=f"Minted token {minted['id']}, '{name}'.")

    unfinished.tell_of(runtime, places=places)
    minting.mint(runtime, request, places, tell)


def _abilities(given: list[str], preset: str | None) -> list[str]:
    """What --ability and --preset add up to. Raises UsageProblem for none."""
    wanted = sorted({*given, *(PRESETS[preset] if preset else ())})
    if not wanted:
        raise UsageProblem("Say what the token may do: --ability NAME or --preset NAME.")
    return wanted
