"""`tickiti doctor`: checks this machine, the server and the token."""

from dataclasses import asdict

import typer

from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

SHAPE = columns("name", "state", "detail", "advice", wrapping=("detail", "advice"))


@app.command(
    cls=Command, epilog=examples("tickiti doctor", "tickiti doctor -q", "tickiti doctor --json")
)
def doctor(ctx: typer.Context) -> None:
    """Diagnose configuration, connection and token.

    Each row is a check with its result (ok, warn or fail) and what to do; -q shows only problems.
    Exits with 13 if a check fails. Nothing is changed, and the token is sent only to the server in
    use.
    """
    from tickiti_cli.commands.doctor import examine as checks  # noqa: PLC0415 - it imports half the program

    runtime: Runtime = ctx.obj
    found = [*checks.examine(runtime)]
    wanted = [one for one in found if not runtime.globals.quiet or one.state != checks.State.OK]
    runtime.sure_output.rows([asdict(one) for one in wanted], SHAPE)
    failed = sum(one.state == checks.State.FAIL for one in found)
    if failed:
        raise ConditionNotMet(f"{failed} of {len(found)} checks failed.")
