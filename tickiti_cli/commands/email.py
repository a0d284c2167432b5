"""`tickiti email`: send an e-mail from one of the server's mailboxes."""

from typing import Annotated, Any

import typer

from tickiti_cli.command import WriteCommand, examples, noun
from tickiti_cli.contract import classic
from tickiti_cli.errors import UsageProblem
from tickiti_cli.options import Body, BodyFile, BodyFormat, BodyKind, body_html
from tickiti_cli.runtime import Runtime

app = noun("Send e-mail.")


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti email send --to marcus@trailblazers-club.example -s 'A new pair'"
        " -b 'It is on its way.'",
        "echo 'It is on its way.' | tickiti email send --to marcus@trailblazers-club.example"
        " -s 'A new pair' --body-file - --mailbox local",
    ),
)
def send(
    ctx: typer.Context,
    *,
    to: Annotated[str, typer.Option(metavar="EMAIL", help="Who gets it.")],
    subject: Annotated[str, typer.Option("--subject", "-s", help="What it is about.")],
    body: Body = None,
    body_file: BodyFile = None,
    body_format: BodyKind = BodyFormat.TEXT,
    mailbox: Annotated[
        str | None, typer.Option(metavar="NAME", help="Send from this mailbox.")
    ] = None,
    validate_address: Annotated[
        bool, typer.Option("--validate-address", help="Refuse an address of doubtful syntax.")
    ] = False,
) -> None:
    """Send an e-mail. It opens no ticket."""
    runtime: Runtime = ctx.obj
    content = body_html(body, body_file, body_format)
    if content is None:
        raise UsageProblem("Say what the mail is about: --body TEXT or --body-file FILE.")
    request: dict[str, Any] = {"to_address": to, "subject": subject, "content": content}
    request |= {"mailbox": mailbox} if mailbox is not None else {}
    request |= {"validate_address": True} if validate_address else {}
    accepted = runtime.client.call(classic.send_email, request).written
    said = f"The mail to {accepted['to_address']} is in the outbox of {accepted['mailbox']}."
    runtime.output.done(accepted, said=said, plain=accepted["email_id"])
