"""`tickiti email`: send an e-mail from one of the server's mailboxes."""

from typing import Annotated, Any

import typer

from tickiti_cli.bulk.options import BulkFlags, Lines, LinesFlags, refuse_one_key
from tickiti_cli.contract import classic
from tickiti_cli.contract.v1 import mail
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.author import person_of
from tickiti_cli.input.body import MISSING
from tickiti_cli.input.options import BodyFlags
from tickiti_cli.input.template_data import Data, DataJson, Values, data_of
from tickiti_cli.parser.command import WriteCommand, examples
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.parser.groups import noun
from tickiti_cli.runtime import Runtime

app = noun()

Mailbox = Annotated[str | None, typer.Option(metavar="MAILBOX", help="Mailbox to send from")]
ValidateAddress = Annotated[
    bool, typer.Option("--validate-address", help="Reject addresses of doubtful syntax")
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
        "tickiti email send --to marcus@trailblazers-club.example"
        " --cc coach@trailblazers-club.example -s 'A new pair' -b 'It is on its way.'",
    ),
)
@expand_flags
def send(
    ctx: typer.Context,
    *,
    to: Annotated[str, typer.Option(metavar="EMAIL", help="Recipient's e-mail address")],
    cc: Annotated[
        list[str] | None,
        typer.Option(metavar="EMAIL", help="Recipient of a copy; needs an admin's token"),
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", "-s", metavar="TEXT", help="Subject")
    ] = None,
    text: BodyFlags,
    template: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Use this template", autocompletion=offering("<template>")),
    ] = None,
    data: Data = None,
    data_json: DataJson = None,
    mailbox: Mailbox = None,
    validate_address: ValidateAddress = False,
) -> None:
    """Send an e-mail

    No ticket is created.
    """
    runtime: Runtime = ctx.obj
    values = data_of(data, data_json)
    written = text.source()
    request: dict[str, Any] = {"to_address": person_of(runtime, to, "--to")}
    if template is None:
        _refuse_incomplete(subject, values)
        request |= _with_content(subject, written.html(runtime))
    else:
        is_alone = subject is None and not written.is_given
        request |= _with_template(template, values, is_alone=is_alone)
    request |= _manner_of_sending(mailbox, validate_address=validate_address)
    # mail/send alone takes copies, and asks for more rights than send_email.
    request |= {"cc": [person_of(runtime, copy, "--cc") for copy in cc]} if cc else {}
    accepted = runtime.client.call(mail.send if cc else classic.send_email, request).written
    plain = accepted.id("email_id")
    mailbox_told = f" in mailbox {accepted['mailbox']}" if accepted.get("mailbox") else ""
    said = f"Queued the e-mail to {to}{mailbox_told}."
    runtime.output.done(accepted, said=said, plain=plain)


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti email bulk customers.csv --template warranty.received --to-field E-Mail",
        "tickiti email bulk buyers.csv --template warranty.received --to-field E-Mail"
        " --key-from order.id --rate 10/s --jobs 4 --report report.csv",
    ),
)
@expand_flags
def bulk(
    ctx: typer.Context,
    *,
    file: Lines,
    template: Annotated[
        str,
        typer.Option(metavar="ID", help="Use this template", autocompletion=offering("<template>")),
    ],
    lines: LinesFlags,
    to_field: Annotated[
        str, typer.Option(metavar="COLUMN", help="Column with the recipient's e-mail address")
    ] = "to",
    mailbox: Mailbox = None,
    validate_address: ValidateAddress = False,
    rate: Annotated[
        str | None,
        typer.Option(metavar="N/s", help="Average rate, such as 10/s or 90/m, including retries"),
    ] = None,
    flags: BulkFlags,
) -> None:
    """Send an e-mail for each row of a file

    If interrupted, run the same command again: rows that were sent are skipped. Rows are compared
    by content, so the file may be edited, moved or piped between runs. Rows sent in the last 30
    days are skipped unless --again is given. With --key-from, rows are equal if their keys are.

    The other columns are values of the template, such as `name`, or `order.id` for a nested value.
    """
    runtime: Runtime = ctx.obj
    refuse_one_key(runtime.globals.idempotency_key)
    from tickiti_cli.bulk import email_records, import_job  # noqa: PLC0415 - no other command needs them

    sending = _manner_of_sending(mailbox, validate_address=validate_address)
    plan = email_records.plan(
        runtime,
        file,
        dialect=lines.parse(),
        to_field=to_field,
        constants={"template_identifier": template, **sending},
        options=flags.parse(rate),
    )
    if runtime.globals.dry_run or runtime.globals.print_curl:
        import_job.preview(runtime, plan)
        return
    import_job.send(runtime, plan, "queued")


def _manner_of_sending(mailbox: str | None, *, validate_address: bool) -> dict[str, Any]:
    given: dict[str, Any] = {"mailbox": mailbox} if mailbox is not None else {}
    return given | ({"validate_address": True} if validate_address else {})


def _refuse_incomplete(subject: str | None, values: Values) -> None:
    if values:
        raise UsageProblem("-d and --data-json need --template ID.")
    if subject is None:
        raise UsageProblem("Missing subject: add --subject TEXT or --template ID.")


def _with_content(subject: str | None, content: str | None) -> dict[str, Any]:
    if content is None:
        raise UsageProblem(f"Missing body: add {MISSING}.")
    return {"subject": subject, "content": content}


def _with_template(template: str, values: Values, *, is_alone: bool) -> dict[str, Any]:
    if not is_alone:
        raise UsageProblem("--template provides the subject and the body: leave out yours.")
    return {"template_identifier": template, "data": values}
