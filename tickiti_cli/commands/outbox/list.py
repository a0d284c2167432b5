"""`tickiti outbox list`: lists outgoing mail."""

from typing import Annotated

import typer

from tickiti_cli.commands.outbox.options import LISTED, Subject
from tickiti_cli.contract.bundled import outbox as contract
from tickiti_cli.contract.vocabulary import EMAIL_STATES
from tickiti_cli.parser.choices import Choice
from tickiti_cli.parser.command import ListCommand, examples, verb
from tickiti_cli.parser.dates import TimeRange
from tickiti_cli.parser.options import Since, Until
from tickiti_cli.runtime import Runtime

app = verb()


To = Annotated[str | None, typer.Option(metavar="EMAIL", help="Recipient's e-mail address")]


@app.command(
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
            help="Delivery state",
            click_type=Choice(EMAIL_STATES),
        ),
    ] = None,
    to: To = None,
    subject: Subject = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """List outgoing mail, newest first

    A mail is `uncertain` if the connection broke before the SMTP server confirmed it. It is not
    sent again until you release it.
    """
    runtime: Runtime = ctx.obj
    asked = TimeRange.of(since, until)
    given = {"state": state, "to": to, "subject": subject}
    pages = runtime.client.pages(
        contract.index,
        {name: value for name, value in given.items() if value is not None},
        member="outbox",
        limit=runtime.globals.limit,
        everything=runtime.globals.all,
    )
    runtime.output.rows(pages.within(asked), LISTED, empty="No mail.")
    runtime.tell_of_more(pages.part, "mails")
