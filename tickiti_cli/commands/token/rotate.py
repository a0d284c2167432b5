"""`tickiti token rotate`: replaces a token by a new one."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import typer

from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.dates import local_time, moment_of
from tickiti_cli.parser.durations import seconds_of
from tickiti_cli.parser.options import Install, OwnToken, Token
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import open_work, selection
from tickiti_cli.tokens.assisted import AssistedRotation
from tickiti_cli.tokens.back_ends.back_end import BackEnd
from tickiti_cli.tokens.back_ends.choice import ChosenBackEnd
from tickiti_cli.tokens.destinations import destinations, report
from tickiti_cli.tokens.rotation import Rotation, RotationRequest

app = verb()

OVERLAP = "24h"

Overlap = Annotated[
    str | None,
    typer.Option(metavar="24h", help="How long the old token stays valid (default: 24h)"),
]
Hook = Annotated[
    str | None, typer.Option(metavar="CMD", help="Run CMD after the new token is installed")
]
Expires = Annotated[
    str | None,
    typer.Option(
        metavar="90d|DATE", help="When the new token expires (default: as long as the old one)"
    ),
]


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti token rotate --self --overlap 24h --install profile:local",
        "tickiti token rotate sales-portal --install file:portal.token --hook 'echo reloaded'",
        "tickiti token rotate --self --assisted -p prod",
    ),
)
def rotate(
    ctx: typer.Context,
    *,
    token: Token = None,
    own: OwnToken = False,
    overlap: Overlap = None,
    expires: Expires = None,
    install: Install = None,
    hook: Hook = None,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Skip the test of the new token")
    ] = False,
    assisted: Annotated[
        bool, typer.Option("--assisted", help="Use a token that you create in the web interface")
    ] = False,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="With --assisted: read the new token from stdin")
    ] = False,
) -> None:
    """Replace a token without downtime.

    The new token is tested before it is installed, and the old one stays valid for the overlap. If
    the test, an installation or the hook fails, all destinations are restored and the new token is
    revoked.

    On a vendor's install the old token stays valid until `tickiti token revoke`. On an install
    without a token API, --self --assisted asks for a token that you create in the web interface,
    tests it and installs it.
    """
    runtime: Runtime = ctx.obj
    selection.refuse_both(token, own=own)
    expires_at = None if expires is None else moment_of(expires, "--expires", ahead=True)
    if assisted:
        _refuse_beside_assisted(own=own, overlap=overlap)
        AssistedRotation(
            runtime=runtime,
            install=install or [],
            expires_at=expires_at,
            hook=hook,
            verifies=not no_verify,
            from_stdin=token_stdin,
        ).run(lambda row: _report_exchange(runtime, row))
        return
    if token_stdin:
        raise UsageProblem("--token-stdin requires --assisted.")
    lasts = OVERLAP if overlap is None else overlap
    request = RotationRequest(
        places=destinations(install or [], runtime.config),
        overlap=seconds_of(lasts, "--overlap"),
        expires_at=expires_at,
        hook=hook,
        verifies=not no_verify,
    )
    _rotate(runtime, token, request, install=install or [], lasts=lasts)


def _rotate(
    runtime: Runtime,
    token: str | None,
    request: RotationRequest,
    *,
    install: Sequence[str],
    lasts: str,
) -> None:
    """Rotate a token of the server, the command's own where none is named."""
    own_profile = [] if token is not None else [runtime.config.connection.profile]
    open_work.show_of_all(runtime, *own_profile, places=request.places)
    back_end = ChosenBackEnd(runtime)
    tell = partial(
        _report_rotation, runtime=runtime, back_end=back_end, install=install, lasts=lasts
    )
    Rotation(runtime, request, back_end, tell).run(token)


def _refuse_beside_assisted(*, own: bool, overlap: str | None) -> None:
    if not own:
        raise UsageProblem("--assisted requires --self.")
    if overlap is not None:
        raise UsageProblem(
            "--overlap cannot be used with --assisted: delete the old token when it is due."
        )


def _report_rotation(
    minted: Mapping[str, Any],
    old: Mapping[str, Any],
    *,
    runtime: Runtime,
    back_end: BackEnd,
    install: Sequence[str],
    lasts: str,
) -> None:
    if seconds_of(lasts, "--overlap") == 0:
        left = ""
    elif back_end.is_vendor:
        left = f"; token {old['id']} stays valid until: tickiti token revoke {old['id']}"
    else:
        left = f"; token {old['id']} stays valid for {lasts}"
    said = f"Rotated token {old['id']}: the new token is {minted['id']}{left}."
    if minted.get("expires_at"):
        said += f" It expires at {local_time(minted['expires_at'])}."
    report(runtime, minted, install, said=said)


def _report_exchange(runtime: Runtime, row: Mapping[str, Any]) -> None:
    said = (
        f"Replaced token {row['previous_id']} with token {row['id']}. The old token is kept until "
        "`tickiti auth status --check` confirms the new one; then delete the old key."
    )
    runtime.output.done(row, said=said, plain=row["id"])
