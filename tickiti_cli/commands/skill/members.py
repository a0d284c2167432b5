"""The flags that several verbs of `tickiti skill` share, and the members of a request
that they fill."""

from typing import Annotated, Any, NamedTuple

import typer

from tickiti_cli.errors import ForeignReply, UsageProblem
from tickiti_cli.input.read import read_text
from tickiti_cli.output.format import columns
from tickiti_cli.parser.choices import Choice, Name, Named
from tickiti_cli.parser.global_flags import offering

Skill = Annotated[
    str, typer.Argument(metavar="KEY", help="Skill key or ID", autocompletion=offering("<skill>"))
]

# The server takes an empty title, description or text of instructions as one that was left out.
TITLE = typer.Option(metavar="TEXT", help="Title", click_type=Name())
DESCRIPTION = typer.Option(metavar="TEXT", help="Description", click_type=Named())

COMPOSITIONS = ("vetted", "guided", "open")

SHOWN = columns(
    "id", "key", "title", "description", "triggers", "composition", "citation_set", "enabled",
    "reserved", "ordinal", "parent_key", "actions", "instructions",
)  # fmt: skip


class MemberFlags(NamedTuple):
    """One flag for each member that both `create` and `edit` take."""

    triggers: Annotated[
        str | None, typer.Option(metavar="TEXT", help="When the assistant uses the skill")
    ] = None
    composition: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(COMPOSITIONS),
            help="How freely the assistant may write",
            click_type=Choice(COMPOSITIONS),
        ),
    ] = None
    citation: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="Stock response that it may cite",
            autocompletion=offering("<stock-response>"),
        ),
    ] = None
    enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Turn the skill on or off")
    ] = None
    ordinal: Annotated[int | None, typer.Option(metavar="N", help="Position in the list")] = None
    parent: Annotated[
        str | None,
        typer.Option(
            metavar="KEY", help="Key of the parent skill", autocompletion=offering("<skill>")
        ),
    ] = None

    def to_members(self) -> dict[str, Any]:
        """The members whose flags were given."""
        flags = self._asdict()
        flags["citation_set"] = flags.pop("citation") or None
        flags["parent_key"] = flags.pop("parent")
        return {name: value for name, value in flags.items() if value is not None}


def instructions_of(file: str) -> str:
    """The Markdown of a file or of standard input. Raises UsageProblem."""
    flag = f"--instructions-file {file}"
    text = read_text(file, flag=flag)
    if not text.strip():
        raise UsageProblem(f"{flag}: the text is empty.")
    return text


def skill_in(found: Any) -> dict[str, Any]:
    """The skill of a reply, which an install sends bare or under `skill`. Raises ForeignReply."""
    inner = found.get("skill", found) if isinstance(found, dict) else found
    if not isinstance(inner, dict):
        raise ForeignReply("The server's 'skill' is not an object.", status=200)
    return inner
