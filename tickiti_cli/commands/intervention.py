"""`tickiti intervention`: decisions that another system asks a person to take."""

from typing import Annotated, Any

import typer

from tickiti_cli import intervention_file
from tickiti_cli.bodies import Written
from tickiti_cli.command import Command, ConfirmedCommand, examples
from tickiti_cli.contract import callbacks, workflow
from tickiti_cli.contract.replacing import is_stdout
from tickiti_cli.errors import ConfigProblem, ForeignReply, NothingFound, UsageProblem
from tickiti_cli.groups import noun
from tickiti_cli.installing import destination
from tickiti_cli.options import Body, BodyFile, BodyFormat, BodyKind, Editor, Number
from tickiti_cli.outcomes import carried_out
from tickiti_cli.output import columns
from tickiti_cli.replies import Accepted
from tickiti_cli.runtime import Runtime
from tickiti_cli.values import DataJson, data_of

app = noun("Decisions that another system asks a person to take.")

LISTED = columns(
    "id", "name", "title", "queue_name", "remote_enabled", "remote_epilog_url",
    "remote_disabled_reason",
)  # fmt: skip
SHOWN = columns(
    "id", "name", "title", "queue_name", "notify_inbox_managers", "create_urgent",
    "remote_timeout_seconds", "remote_enabled", "remote_epilog_url", "remote_name",
    "remote_disabled_reason", "fields",
)  # fmt: skip

Name = Annotated[str, typer.Argument(metavar="NAME", help="The intervention's name.")]


@app.command("list", cls=Command, epilog=examples("tickiti intervention list"))
def list_interventions(ctx: typer.Context) -> None:
    """List the interventions. One whose callbacks have stopped says why."""
    runtime: Runtime = ctx.obj
    runtime.output.rows(_every(runtime), LISTED, empty="No interventions.")


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti intervention view discount_request",
        "tickiti intervention view discount_request --json --fields fields",
    ),
)
def view(ctx: typer.Context, *, name: Name) -> None:
    """Show an intervention and its form."""
    runtime: Runtime = ctx.obj
    runtime.output.show(_find(runtime, name), SHOWN)


@app.command(
    cls=Command,
    epilog=examples("tickiti intervention create price_match --file discount_request.toml"),
)
def create(
    ctx: typer.Context,
    *,
    name: Name,
    file: Annotated[str, typer.Option(metavar="FILE", help="Its members as TOML, or - for stdin.")],
) -> None:
    """Define an intervention.

    The file has title, queue_name (Inbox), create_urgent, remote_epilog_url and other members of
    the API, and a table [[fields]] with type (text, textarea, number or checkbox), name and label
    for each part of the form. Callbacks are on where there is a remote_epilog_url.

    Its tickets begin with the template NAME.private, which there must be, and NAME.public;
    NAME.final is posted when the other side has taken the decision.
    """
    runtime: Runtime = ctx.obj
    given = intervention_file.read(file)
    usual = {**intervention_file.USUAL, "remote_enabled": "remote_epilog_url" in given}
    runtime.client.call(workflow.interventions_create, {**usual, **given, "name": name})
    with carried_out():
        made = _find(runtime, name)
    runtime.output.done(made, said=f"Made intervention '{name}'.", plain=made["id"])


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti intervention edit discount_request --file discount_request.toml",
        "tickiti intervention edit discount_request --enable",
    ),
)
def edit(
    ctx: typer.Context,
    *,
    name: Name,
    file: Annotated[
        str | None, typer.Option(metavar="FILE", help="New members as TOML, or - for stdin.")
    ] = None,
    new_name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Call it this.")
    ] = None,
    enable: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Whether decisions are called back.")
    ] = None,
) -> None:
    """Change an intervention; what is not named stays as it is.

    Callbacks that still wait go to its new address at once; --enable puts right one that answered
    410.
    """
    runtime: Runtime = ctx.obj
    changes = intervention_file.read(file) if file is not None else {}
    changes |= {"name": new_name} if new_name is not None else {}
    changes |= {"remote_enabled": enable} if enable is not None else {}
    if not changes:
        raise UsageProblem("Say what to change: --file, --name, --enable or --disable.")
    row = _find(runtime, name)
    kept = {member: row.get(member) for member in intervention_file.MEMBERS}
    present = {member: value for member, value in kept.items() if value is not None}
    request = {"intervention_id": row["id"], "name": name, **present, **changes}
    runtime.client.call(workflow.interventions_update, request)
    with carried_out():
        edited = _find(runtime, new_name or name)
    said = f"Changed intervention '{edited['name']}'."
    runtime.output.done(edited, said=said, plain=edited["id"])


@app.command(cls=ConfirmedCommand, epilog=examples("tickiti intervention delete old_request --yes"))
def delete(ctx: typer.Context, *, name: Name) -> None:
    """Delete an intervention. One with tickets to decide or callbacks to deliver stays."""
    runtime: Runtime = ctx.obj
    row = _find(runtime, name)
    runtime.confirm(f"Delete intervention '{name}'?")
    runtime.client.call(workflow.interventions_delete, {"intervention_id": row["id"]})
    runtime.output.done(row, said=f"Deleted intervention '{name}'.", plain=row["id"])


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti intervention token discount_request --out discount.secret",
        "tickiti intervention token discount_request --remote-name shop",
    ),
)
def token(
    ctx: typer.Context,
    *,
    name: Name,
    remote_name: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Whom it is for (the intervention's name).")
    ] = None,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Write it to a file.")] = None,
) -> None:
    """Make the token that signs an intervention's callbacks. It is shown this once.

    It verifies them as Standard Webhooks has it. The one before it signs beside it for another day.
    """
    runtime: Runtime = ctx.obj
    is_file = out is not None and not is_stdout(out)
    place = destination(f"file:{out}", runtime.config) if is_file else None
    row = _find(runtime, name)
    request = {"intervention_id": row["id"], "remote_name": remote_name or name}
    made = runtime.client.call(workflow.interventions_generate_token, request).accepted
    with carried_out():
        _refuse_without_token(made)
    if place is None:
        runtime.output.remark("This is the only time it is shown:")
        runtime.output.value("token", made["token"])
        return
    try:
        place.install(made)
    except ConfigProblem as error:
        error.message += " Make another token: this one is lost."
        error.outcome = "applied"
        raise
    shown = {"name": name, "remote_name": request["remote_name"]}
    said = f"The token that signs '{name}' is in {out}."
    runtime.output.done(shown, said=said, plain=name)


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti intervention decide 220010 --set price=89.90 --set accept=true",
        "tickiti intervention decide 220011 --set accept=false -b 'Not this time.'",
    ),
)
def decide(
    ctx: typer.Context,
    *,
    number: Number,
    edited: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="K=V", help="The value of a field; the others stay."),
    ] = None,
    data_json: DataJson = None,
    body: Body = None,
    body_file: BodyFile = None,
    editor: Editor = False,
    body_format: BodyKind = BodyFormat.TEXT,
) -> None:
    """Decide on a ticket that an intervention opened, and answer the customer with --body.

    The decision is final, and told to the other system: see tickiti callback list. The same one
    again changes nothing; a different one is refused with exit 8.
    """
    runtime: Runtime = ctx.obj
    data = data_of(edited, data_json, flag="--set")
    content = Written(body, body_file, in_editor=editor, kind=body_format).html(runtime)
    request: dict[str, Any] = {"ticket_number": number, "data": data}
    request |= {"content": content} if content is not None else {}
    decided = runtime.client.call(callbacks.decide, request).accepted
    callback = decided["callback_id"]
    told = ", which is told to the other system" if callback else ""
    said = f"Decided ticket {number}{told}."
    runtime.output.done(decided, said=said, plain=callback or "")


def _refuse_without_token(made: Accepted) -> None:
    """Raise ForeignReply where the reply does not hold what was made."""
    if not isinstance(made.get("token"), str):
        raise ForeignReply(
            "The server made a token, and its reply does not hold it. Make another one.", status=200
        )


def _every(runtime: Runtime) -> list[dict[str, Any]]:
    reply = runtime.client.call(workflow.interventions_index, {})
    found: list[dict[str, Any]] = reply.data["interventions"]
    return found


def _find(runtime: Runtime, name: str) -> dict[str, Any]:
    for row in _every(runtime):
        if row["name"] == name:
            return row
    raise NothingFound(f"There is no intervention '{name}'.", hint="See: tickiti intervention list")
