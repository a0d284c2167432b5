"""`tickiti response edit`: edits a response of staff."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from tickiti_cli.commands.response.options import ResponseId
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.options import BodyFlags
from tickiti_cli.parser.command import WriteCommand, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=WriteCommand,
    epilog=examples(
        "tickiti response edit 3 --replace sorry=glad",
        "tickiti response edit 4 -b 'Ask the supplier of this batch.'",
        "tickiti response edit 3 --internal",
    ),
)
@expand_flags
def edit(
    ctx: typer.Context,
    *,
    response: ResponseId,
    text: BodyFlags,
    replace: Annotated[
        list[str] | None,
        typer.Option(metavar="OLD=NEW", help="Replace OLD, which must occur once in the HTML"),
    ] = None,
    replace_all: Annotated[
        list[str] | None,
        typer.Option(metavar="OLD=NEW", help="Replace every OLD in the HTML, after --replace"),
    ] = None,
    internal: Annotated[
        bool | None,
        typer.Option("--internal/--public", help="Make it an internal note or a public response"),
    ] = None,
    notify: Annotated[
        bool,
        typer.Option("--notify", help="E-mail a note that you make public to the participants"),
    ] = False,
) -> None:
    """Edit a response

    Only responses of staff can be edited. E-mail that was already sent does not change.
    """
    runtime: Runtime = ctx.obj
    replacements = _replacements(replace or (), replace_all or ())
    written = text.source()
    if replacements and written.is_given:
        raise UsageProblem("Give --replace or a new body, not both.")
    if not (replacements or written.is_given or internal is not None):
        raise UsageProblem(
            "Nothing to change: add --body TEXT, --replace OLD=NEW, --public or --internal."
        )
    request: dict[str, Any] = {"response_id": response}
    request |= {"replace": replacements} if replacements else {}
    request |= {"is_internal": internal} if internal is not None else {}
    request |= {"notify": True} if notify else {}
    request |= {"content": written.html(runtime)} if written.is_given else {}
    edited = runtime.client.call(tickets.response_update, request).written
    mailed = " and e-mailed it to the participants" if edited.get("notified") is True else ""
    runtime.output.done(edited, said=f"Updated response {response}{mailed}.", plain=response)


def _replacements(once: Sequence[str], everywhere: Sequence[str]) -> list[dict[str, Any]]:
    return [
        *(_replacement(given, "--replace") for given in once),
        *({**_replacement(given, "--replace-all"), "all": True} for given in everywhere),
    ]


def _replacement(given: str, flag: str) -> dict[str, Any]:
    old, equals, new = given.partition("=")
    if not old or not equals:
        raise UsageProblem(f"{flag}: '{given}' is not OLD=NEW, such as mile=kilometre.")
    return {"find": old, "replace": new}
