"""`tickiti outbox`: what the bundled server sends, and how far each mail is."""

from typing import Annotated, Any

import typer

from tickiti_cli import locations, waiting
from tickiti_cli.browser import open_safely
from tickiti_cli.choices import Words
from tickiti_cli.command import Command, ListCommand, examples
from tickiti_cli.contract import outbox as contract
from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.groups import noun
from tickiti_cli.output import columns
from tickiti_cli.pages import tell_of_more
from tickiti_cli.runtime import Runtime

app = noun("The bundled server's outgoing mail: list, show, wait, release, cancel.")

STATES = ("queued", "claimed", "retry", "uncertain", "sent", "failed")
SETTLED = ("sent", "failed", "dead")

LISTED = columns("id", "to", "mailbox", "subject", "state", "attempts", "next_at", "last_error",
                 "created_at")  # fmt: skip
SHOWN = columns(
    "id", "to", "mailbox", "subject", "message_id", "state", "attempts", "next_at", "last_error",
    "created_at", "sent_at", "text",
)  # fmt: skip

Id = Annotated[str, typer.Argument(metavar="ID", help="The mail's id.")]
To = Annotated[str | None, typer.Option(metavar="EMAIL", help="Only mail to this address.")]
Subject = Annotated[
    str | None, typer.Option("--subject", "-s", help="Only mail with this in its subject.")
]


@app.command(
    "list",
    cls=ListCommand,
    epilog=examples("tickiti outbox list", "tickiti outbox list --state uncertain --json"),
)
def list_outbox(
    ctx: typer.Context,
    *,
    state: Annotated[
        str | None,
        typer.Option(
            metavar="STATE",
            help="queued, claimed, retry, uncertain, sent or failed.",
            click_type=Words(STATES),
        ),
    ] = None,
    to: To = None,
    subject: Subject = None,
) -> None:
    """List outgoing mail, newest first.

    `uncertain`: the other server may have taken it, its reply was lost. Such a mail is not sent
    again until you release it.
    """
    runtime: Runtime = ctx.obj
    given = {"state": state, "to": to, "subject": subject}
    pages = runtime.client.pages(
        contract.index,
        {name: value for name, value in given.items() if value is not None},
        member="outbox",
        limit=runtime.globals.limit,
        everything=runtime.globals.all,
    )
    runtime.output.rows(pages, LISTED, empty="No mail.")
    tell_of_more(pages.more, runtime, "There is more mail; --all lists every one.")


@app.command(
    cls=Command,
    epilog=examples("tickiti outbox view mail_ID", "tickiti outbox view mail_ID --open"),
)
def view(
    ctx: typer.Context,
    *,
    mail: Id,
    open_it: Annotated[
        bool, typer.Option("--open", help="Show it in a browser, which loads nothing for it.")
    ] = False,
) -> None:
    """Show a mail as it was or will be sent."""
    runtime: Runtime = ctx.obj
    shown = runtime.client.call(contract.show, {"id": mail}).data
    if open_it:
        folder = locations.pages_dir(runtime.environ)
        page = open_safely(shown["html"], title=shown["subject"], folder=folder)
        runtime.output.remark(f"Opened {page}")
    else:
        runtime.output.show(shown, SHOWN)


@app.command(
    cls=Command,
    epilog=examples("tickiti outbox wait --to marcus@trailblazers-club.example --timeout 60"),
)
def wait(
    ctx: typer.Context,
    *,
    to: Annotated[str, typer.Option(metavar="EMAIL", help="Who gets it.")],
    subject: Subject = None,
    timeout: Annotated[float, typer.Option("--timeout", metavar="S", help="Wait so long.")] = 30.0,
) -> None:
    """Wait until the newest mail to an address is sent; exit 13 if it failed or time is up."""
    runtime: Runtime = ctx.obj
    wanted = {"to": to, "limit": 1} | ({"subject": subject} if subject is not None else {})
    row = _settled(runtime, wanted, timeout)
    if row["state"] != "sent":
        raise ConditionNotMet(f"The mail to {to} has {row['state']}: {row['last_error']}")
    runtime.output.show(row, LISTED)


@app.command(
    cls=Command,
    epilog=examples("tickiti outbox release mail_ID"),
)
def release(ctx: typer.Context, *, mail: Id) -> None:
    """Send a mail once more that is uncertain or has failed, or now what waits for later.

    Look first whether an uncertain one has arrived: its Message-ID is the same each time.
    """
    runtime: Runtime = ctx.obj
    released = runtime.client.call(contract.release, {"id": mail}).accepted
    runtime.output.done(released, said=f"Mail {mail} will be sent again.", plain=mail)


@app.command(
    cls=Command,
    epilog=examples("tickiti outbox cancel mail_ID"),
)
def cancel(ctx: typer.Context, *, mail: Id) -> None:
    """Do not send a mail that waits for its server or for a later attempt.

    It stays listed as failed, so that `outbox release` can send it after all. One that its server
    may have taken is not cancelled.
    """
    runtime: Runtime = ctx.obj
    cancelled = runtime.client.call(contract.cancel, {"id": mail}).data
    runtime.output.done(cancelled, said=f"Mail {mail} will not be sent.", plain=mail)


def _settled(runtime: Runtime, wanted: dict[str, Any], timeout: float) -> dict[str, Any]:
    """The newest such mail, once nothing more will happen to it. Raises ConditionNotMet."""
    rows: list[dict[str, Any]] = []

    def look(left: float) -> dict[str, Any] | None:
        request = runtime.client.request(contract.index, wanted)
        rows[:] = runtime.client.send(request, within=left).data["outbox"]
        return rows[0] if rows and rows[0]["state"] in SETTLED else None

    def late() -> str:
        found = f"is {rows[0]['state']} after" if rows else "did not appear within"
        trouble = f": {rows[0]['last_error']}" if rows and rows[0]["last_error"] else "."
        return f"The mail to {wanted['to']} {found} {timeout:g} s{trouble}"

    return waiting.until(runtime, look, seconds=timeout, late=late)
