"""`tickiti doctor`: find what is wrong."""

from dataclasses import asdict

import typer

from tickiti_cli.command import Command, examples, verb
from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

app = verb()

SHAPE = columns("name", "state", "detail", "advice")


@app.command(
    cls=Command, epilog=examples("tickiti doctor", "tickiti doctor -q", "tickiti doctor --json")
)
def doctor(ctx: typer.Context) -> None:
    """Check this machine, the way to the server and the token; exit 13 if a check fails.

    Each row is a check: ok, warn or fail, and what to do. With -q only those that are not ok. It
    changes nothing and sends the token nowhere but to the server in use.
    """
    from tickiti_cli import doctor as checks  # noqa: PLC0415 - it imports half the program

    runtime: Runtime = ctx.obj
    found = [*checks.examine(runtime)]
    wanted = [one for one in found if not runtime.globals.quiet or one.state != checks.State.OK]
    runtime.safest_output.rows([asdict(one) for one in wanted], SHAPE)
    failed = sum(one.state == checks.State.FAIL for one in found)
    if failed:
        raise ConditionNotMet(f"{failed} of {len(found)} checks failed.")
