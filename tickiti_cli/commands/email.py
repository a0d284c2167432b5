"""`tickiti email`: send an e-mail from one of the server's mailboxes."""

from typing import Annotated, Any

import typer

from tickiti_cli import bodies
from tickiti_cli.command import WriteCommand, examples, noun
from tickiti_cli.contract import classic
from tickiti_cli.errors import UsageProblem
from tickiti_cli.options import Body, BodyFile, BodyFormat, BodyKind, Editor
from tickiti_cli.runtime import Runtime
from tickiti_cli.values import Data, DataJson, Values, data_of

app = noun("Send e-mail.")


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti email send --to marcus@trailblazers-club.example -s 'A new pair'"
        " -b 'It is on its way.'",
        "echo 'It is on its way.' | tickiti email send --to marcus@trailblazers-club.example"
        " -s 'A new pair' --body-file - --mailbox local",
        "tickiti email send --to marcus@trailblazers-club.example --template warranty.received"
        " -d name=Marcus -d order.id=4711",
    ),
)
def send(
    ctx: typer.Context,
    *,
    to: Annotated[str, typer.Option(metavar="EMAIL", help="Who gets it.")],
    subject: Annotated[
        str | None, typer.Option("--subject", "-s", help="What it is about.")
    ] = None,
    body: Body = None,
    body_file: BodyFile = None,
    editor: Editor = False,
    body_format: BodyKind = BodyFormat.TEXT,
    template: Annotated[
        str | None, typer.Option(metavar="ID", help="Fill this template instead.")
    ] = None,
    data: Data = None,
    data_json: DataJson = None,
    mailbox: Annotated[
        str | None, typer.Option(metavar="NAME", help="Send from this mailbox.")
    ] = None,
    validate_address: Annotated[
        bool, typer.Option("--validate-address", help="Refuse an address of doubtful syntax.")
    ] = False,
) -> None:
    """Send an e-mail. It opens no ticket."""
    runtime: Runtime = ctx.obj
    values = data_of(data, data_json)
    if template is None:
        _refuse_incomplete(subject, values)
    content = bodies.content(runtime, text=body, file=body_file, in_editor=editor, kind=body_format)
    request: dict[str, Any] = {"to_address": to}
    if template is None:
        request |= _with_content(subject, content)
    else:
        request |= _with_template(template, values, other=subject or content)
    request |= {"mailbox": mailbox} if mailbox is not None else {}
    request |= {"validate_address": True} if validate_address else {}
    accepted = runtime.client.call(classic.send_email, request).written
    said = f"The mail to {accepted['to_address']} is in the outbox of {accepted['mailbox']}."
    runtime.output.done(accepted, said=said, plain=accepted["email_id"])


def _refuse_incomplete(subject: str | None, values: Values) -> None:
    if values:
        raise UsageProblem("-d and --data-json give a template its values: add --template ID.")
    if subject is None:
        raise UsageProblem("Say what the mail is about: --subject TEXT, or --template ID.")


def _with_content(subject: str | None, content: str | None) -> dict[str, Any]:
    if content is None:
        raise UsageProblem(f"Say what the mail is about: {bodies.MISSING}.")
    return {"subject": subject, "content": content}


def _with_template(template: str, values: Values, *, other: str | None) -> dict[str, Any]:
    if other is not None:
        raise UsageProblem("--template says it all: leave out --subject and the body.")
    return {"template_identifier": template, "data": values}
