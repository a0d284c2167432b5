"""Tokens that take the place of others."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from tickiti_cli import finding, unfinished
from tickiti_cli.assisted import Assisted
from tickiti_cli.command import Command, examples, verb
from tickiti_cli.errors import UsageProblem
from tickiti_cli.installing import destinations, report
from tickiti_cli.options import Expires, Install, OwnToken, Token, moment_of, seconds_of
from tickiti_cli.rotation import Rotation, Wanted
from tickiti_cli.runtime import Runtime

app = verb()

OVERLAP = "24h"

Overlap = Annotated[
    str | None, typer.Option(metavar="24h", help="How long the old one still works (24h).")
]
Hook = Annotated[str | None, typer.Option(metavar="CMD", help="Run this once it is installed.")]


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
        bool, typer.Option("--no-verify", help="Install it without a call that proves it works.")
    ] = False,
    assisted: Annotated[
        bool, typer.Option("--assisted", help="You make the new one in the web interface.")
    ] = False,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="With --assisted: read it from standard input.")
    ] = False,
) -> None:
    """Mint the successor of a token; the old one works on for the overlap.

    The new one is tried before it is installed. If that, an installation or the hook fails, every
    place is put back as it was, and the new token is revoked.

    A vendor's install has no API for tokens. With --self --assisted the new one is asked for, is
    found to be able to do what the old one can, and takes its place in the profile.
    """
    runtime: Runtime = ctx.obj
    finding.refuse_both(token, own=own)
    expires_at = moment_of(expires, "--expires") if expires else None
    if assisted:
        _refuse_beside_assisted(own=own, overlap=overlap)
        Assisted(
            runtime=runtime,
            install=install or [],
            expires_at=expires_at,
            hook=hook,
            verifies=not no_verify,
            from_stdin=token_stdin,
        ).run(lambda row: _report_exchange(runtime, row))
        return
    if token_stdin:
        raise UsageProblem("--token-stdin goes with --assisted.")
    lasts = overlap or OVERLAP
    wanted = Wanted(
        places=destinations(install or [], runtime.config),
        overlap=seconds_of(lasts, "--overlap"),
        expires_at=expires_at,
        hook=hook,
        verifies=not no_verify,
    )
    own_profile = [runtime.config.connection.profile] if own else []
    unfinished.tell_of(runtime, *own_profile, places=wanted.places)

    def tell(minted: Mapping[str, Any], old: Mapping[str, Any]) -> None:
        left = f"works for another {lasts}" if wanted.overlap else "now ends"
        said = f"Token {minted['id']} follows token {old['id']}, which {left}."
        report(runtime, minted, install or [], said=said)

    Rotation(runtime, wanted, tell).run(token)


def _refuse_beside_assisted(*, own: bool, overlap: str | None) -> None:
    if not own:
        raise UsageProblem("--assisted is for the token in use: say --self.")
    if overlap is not None:
        raise UsageProblem("--overlap: with --assisted the old token works until you delete it.")


def _report_exchange(runtime: Runtime, row: Mapping[str, Any]) -> None:
    said = (
        f"Token {row['id']} has taken the place of token {row['previous_id']}, which is kept until "
        "`tickiti auth status --check` has confirmed the new one. Then delete the old key."
    )
    runtime.output.done(row, said=said, plain=row["id"])
