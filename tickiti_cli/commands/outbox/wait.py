"""`tickiti outbox wait`: waits until a mail is sent."""

from typing import Annotated, Any

import typer

from tickiti_cli.api import wait as waiting
from tickiti_cli.commands.outbox.options import LISTED, Subject
from tickiti_cli.contract.bundled import outbox as contract
from tickiti_cli.contract.vocabulary import SETTLED
from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples("tickiti outbox wait --to marcus@trailblazers-club.example --timeout 60"),
)
def wait(
    ctx: typer.Context,
    *,
    to: Annotated[str, typer.Option(metavar="EMAIL", help="Recipient's e-mail address")],
    subject: Subject = None,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", help="Maximum time to wait in seconds")
    ] = 30.0,
) -> None:
    """Wait until a mail is sent

    Waits for the newest mail to EMAIL. Exits with 13 if the mail failed or the time is up.
    """
    runtime: Runtime = ctx.obj
    wanted = {"to": to, "limit": 1} | ({"subject": subject} if subject is not None else {})
    row = _wait_until_settled(runtime, wanted, timeout)
    if row["state"] != "sent":
        raise ConditionNotMet(f"The mail to {to} failed: {row['last_error']}")
    runtime.output.show(row, LISTED)


def _wait_until_settled(runtime: Runtime, wanted: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Wait until the newest matching mail is sent, failed or dead. Raises ConditionNotMet."""
    rows: list[dict[str, Any]] = []

    def look(left: float) -> dict[str, Any] | None:
        rows[:] = runtime.client.call(contract.index, wanted, within=left).data["outbox"]
        return rows[0] if rows and rows[0]["state"] in SETTLED else None

    def late() -> str:
        if not rows:
            about = f" with '{wanted['subject']}' in its subject" if "subject" in wanted else ""
            return f"No mail to {wanted['to']}{about} within {timeout:g} s."
        trouble = f": {rows[0]['last_error']}" if rows[0]["last_error"] else "."
        state = rows[0]["state"]
        return f"The mail to {wanted['to']} is still {state} after {timeout:g} s{trouble}"

    return waiting.until(
        look, seconds=timeout, late=late, output=runtime.output, pause=runtime.streams.pause
    )
