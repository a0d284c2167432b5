"""`tickiti token mint`: makes a token."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.errors import UsageProblem
from tickiti_cli.files.atomic_write import is_stdout
from tickiti_cli.parser.choices import Choice, Network
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.dates import local_time, moment_of
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.parser.options import Install, address_of
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import minting, open_work
from tickiti_cli.tokens.destinations import destinations, new_file, report
from tickiti_cli.tokens.presets import PRESETS

app = verb()

AllowedIp = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ADDRESS", help="IP address or network it may be used from", click_type=Network()
    ),
]


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti token mint --name shop --preset filer --expires 90d --out portal.token",
        "tickiti token mint --name reports --ability ticket-index --ability tickets:read",
        "tickiti token mint --name kiosk --preset filer --allowed-ip 192.0.2.0/24",
        "tickiti token mint --name erin --preset full --user erin@trailblazers-club.example",
    ),
)
def mint(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="Name of the token")],
    ability: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ABILITY",
            help="Ability (see: tickiti token abilities)",
            click_type=Choice([*Ability]),
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="PRESET",
            help="Set of abilities: read-only, filer, mailer or full",
            click_type=Choice([*PRESETS]),
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            metavar="EMAIL",
            help="Staff user the token acts for",
            autocompletion=offering("<staff>"),
        ),
    ] = None,
    allowed_ip: AllowedIp = None,
    expires: Annotated[
        str | None, typer.Option(metavar="90d|DATE", help="When the token expires (default: 90d)")
    ] = None,
    never: Annotated[bool, typer.Option("--never", help="Never expire")] = False,
    out: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the token to a new FILE")
    ] = None,
    install: Install = None,
) -> None:
    """Create a token

    The token is shown only once. --out prints only JSON, and never replaces a file that has
    content; --install does. If either fails, all files are restored and the token is revoked.
    """
    runtime: Runtime = ctx.obj
    made = [] if out is None or is_stdout(out) else [new_file(out)]
    named = [*(f"file:{out}" for _ in made), *(install or [])]
    places = [*made, *destinations(install or [], runtime.config)]
    request: dict[str, Any] = {"name": name, **_rights(ability or [], preset)}
    request |= _end_in(expires, never=never)
    request |= {"user": address_of(user, "--user")} if user is not None else {}
    request |= {"allowed_ip": ",".join(allowed_ip)} if allowed_ip else {}

    def tell(minted: Mapping[str, Any]) -> None:
        if expires is None and not never:
            runtime.output.remark(_end_of(minted))
        said = f"Created token {minted['id']} ({name})."
        report(runtime, minted, named, said=said, is_silent=bool(made))

    open_work.show_of_all(runtime, places=places)
    minting.mint(runtime, request, places, tell)


def _end_in(expires: str | None, *, never: bool) -> dict[str, Any]:
    """Return the member for --expires or --never. Raises UsageProblem."""
    if never and expires is not None:
        raise UsageProblem("--expires and --never contradict each other: give one of them.")
    if never:
        return {"expires_at": None}
    return {} if expires is None else {"expires_at": moment_of(expires, "--expires", ahead=True)}


def _end_of(minted: Mapping[str, Any]) -> str:
    """The sentence about the expiry of a token minted without --expires."""
    if minted.get("expires_at") is None:
        return "A token of this server does not expire: revoke it when it is no longer needed."
    end = local_time(minted["expires_at"])
    return f"The token expires at {end}. Choose another end with --expires 30d, or --never."


def _rights(given: list[str], preset: str | None) -> dict[str, Any]:
    """Return the members for --ability and --preset. Raises UsageProblem where both are missing."""
    of_preset = set(PRESETS[preset]) if preset else set()
    if not (given or of_preset):
        raise UsageProblem("The token needs abilities: add --ability ABILITY or --preset PRESET.")
    rights = {"abilities": sorted({*given, *of_preset})}
    return rights | ({"preset": sorted(of_preset - {*given})} if preset else {})
