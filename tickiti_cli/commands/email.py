"""`tickiti email`: send an e-mail from one of the server's mailboxes."""

from typing import Annotated, Any

import typer

from tickiti_cli.bodies import MISSING, Written
from tickiti_cli.bulk.manner import Manner, refuse_one_key
from tickiti_cli.command import WriteCommand, examples
from tickiti_cli.contract import classic
from tickiti_cli.errors import UsageProblem
from tickiti_cli.groups import noun
from tickiti_cli.options import (
    Again,
    AtError,
    Body,
    BodyFile,
    BodyFormat,
    BodyKind,
    Editor,
    Jobs,
    KeyFrom,
    Lines,
    LinesFormat,
    OnError,
    OtherToken,
    Report,
    address_of,
)
from tickiti_cli.runtime import Runtime
from tickiti_cli.values import Data, DataJson, Values, data_of

app = noun("Send e-mail.")

Mailbox = Annotated[str | None, typer.Option(metavar="NAME", help="Send from this mailbox.")]
ValidateAddress = Annotated[
    bool, typer.Option("--validate-address", help="Refuse an address of doubtful syntax.")
]


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
    mailbox: Mailbox = None,
    validate_address: ValidateAddress = False,
) -> None:
    """Send an e-mail. It opens no ticket."""
    runtime: Runtime = ctx.obj
    values = data_of(data, data_json)
    written = Written(body, body_file, in_editor=editor, kind=body_format)
    request: dict[str, Any] = {"to_address": address_of(to, "--to")}
    if template is None:
        _refuse_incomplete(subject, values)
        request |= _with_content(subject, written.html(runtime))
    else:
        is_alone = subject is None and not written.is_given
        request |= _with_template(template, values, is_alone=is_alone)
    request |= _manner_of_sending(mailbox, validate_address=validate_address)
    accepted = runtime.client.call(classic.send_email, request).written
    plain = accepted.id("email_id")
    mailbox_told = f" of {accepted['mailbox']}" if accepted.get("mailbox") else ""
    said = f"The mail to {to} is in the outbox{mailbox_told}."
    runtime.output.done(accepted, said=said, plain=plain)


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti email bulk customers.csv --template warranty.received --to-field E-Mail",
        "tickiti email bulk customers.csv --template warranty.received --to-field E-Mail"
        " --key-from order.id --rate 10/s --jobs 4 --report report.csv",
    ),
)
def bulk(
    ctx: typer.Context,
    *,
    file: Lines,
    template: Annotated[str, typer.Option(metavar="ID", help="Fill this template.")],
    file_format: LinesFormat = None,
    to_field: Annotated[
        str, typer.Option(metavar="COLUMN", help="Which column is the address.")
    ] = "to",
    mailbox: Mailbox = None,
    validate_address: ValidateAddress = False,
    key_from: KeyFrom = None,
    jobs: Jobs = 1,
    rate: Annotated[
        str | None, typer.Option(metavar="N/s", help="At most so many on average, retries too.")
    ] = None,
    on_error: AtError = OnError.CONTINUE,
    report: Report = None,
    again: Again = False,
    other_token: OtherToken = False,
) -> None:
    """Send a mail for each line of a file. Run again after a crash, it sends what is not done.

    A line is known by what it says: the file may be edited, moved or piped between two runs. Lines
    that were done in the last 30 days are not sent again, unless --again or --key-from say so.

    The other columns are values for the template: `name`, or `order.id` for an object's member.
    """
    runtime: Runtime = ctx.obj
    refuse_one_key(runtime.globals.idempotency_key)
    from tickiti_cli.bulk import importing, mails  # noqa: PLC0415 - no other command needs them

    sending = _manner_of_sending(mailbox, validate_address=validate_address)
    plan = mails.plan(
        runtime,
        file,
        file_format=file_format,
        to_field=to_field,
        letter={"template_identifier": template, **sending},
        manner=Manner.of(
            key_from=key_from,
            jobs=jobs,
            on_error=on_error,
            report=report,
            again=again,
            other_token=other_token,
            rate=rate,
        ),
    )
    if runtime.globals.dry_run or runtime.globals.print_curl:
        importing.preview(runtime, plan)
        return
    importing.send(runtime, plan, "put into the outbox")


def _manner_of_sending(mailbox: str | None, *, validate_address: bool) -> dict[str, Any]:
    given: dict[str, Any] = {"mailbox": mailbox} if mailbox is not None else {}
    return given | ({"validate_address": True} if validate_address else {})


def _refuse_incomplete(subject: str | None, values: Values) -> None:
    if values:
        raise UsageProblem("-d and --data-json give a template its values: add --template ID.")
    if subject is None:
        raise UsageProblem("Say what the mail is about: --subject TEXT, or --template ID.")


def _with_content(subject: str | None, content: str | None) -> dict[str, Any]:
    if content is None:
        raise UsageProblem(f"Say what the mail is about: {MISSING}.")
    return {"subject": subject, "content": content}


def _with_template(template: str, values: Values, *, is_alone: bool) -> dict[str, Any]:
    if not is_alone:
        raise UsageProblem("--template says it all: leave out --subject and the body.")
    return {"template_identifier": template, "data": values}
