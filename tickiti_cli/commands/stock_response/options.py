"""The flags that several verbs of `tickiti stock-response` share, and how a row is found."""

from typing import Annotated, Any, NamedTuple

import typer

from tickiti_cli.api import lookup
from tickiti_cli.contract.v1 import settings
from tickiti_cli.input.read import read_text
from tickiti_cli.parser.choices import Choice
from tickiti_cli.parser.global_flags import offering


def _find(rows: list[lookup.Row], wanted: str) -> lookup.Row | None:
    """Compare the title too, because an install may send it in place of the identifier. The case
    of an identifier counts last, because a server tells two apart by more than that."""
    for member in ("identifier", "title", "id"):
        for row in rows:
            if str(row.get(member)) == wanted:
                return row
    folded = wanted.casefold()
    return next((row for row in rows if str(row.get("identifier")).casefold() == folded), None)


STOCK = lookup.Kind(
    "stock-response",
    (settings.stock_responses_index,),
    "stock_responses",
    _find,
    label="identifier",
)

StockId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="Stock response identifier or ID",
        autocompletion=offering("<stock-response>"),
    ),
]

RELEVANCES = ("as_is", "compose", "reference", "exclude")


class MemberFlags(NamedTuple):
    """One flag for each member that both `create` and `edit` take."""

    subcategory: Annotated[str | None, typer.Option(metavar="TEXT", help="Subcategory")] = None
    subject: Annotated[
        str | None, typer.Option("--subject", "-s", metavar="TEXT", help="Subject")
    ] = None
    keywords: Annotated[
        str | None, typer.Option(metavar="A,B", help="Search keywords, comma-separated")
    ] = None
    content_file: Annotated[
        str | None, typer.Option(metavar="FILE", help='Read the HTML from FILE ("-" for stdin)')
    ] = None
    is_enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Offer it to staff, or hide it")
    ] = None
    notes: Annotated[str | None, typer.Option(metavar="TEXT", help="Internal notes")] = None
    ai_relevance: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(RELEVANCES),
            help="How the AI assistant may use it",
            click_type=Choice(RELEVANCES),
        ),
    ] = None

    def to_members(self) -> dict[str, Any]:
        """The members whose flags were given. Reads the content from its file."""
        flags = self._asdict()
        file = flags.pop("content_file")
        members = {name: value for name, value in flags.items() if value is not None}
        if file is not None:
            members["content"] = read_text(file, flag=f"--content-file {file}")
        return members


def unwrapped(found: Any) -> Any:
    """The stock response of a reply, which an install sends bare or under `template`."""
    inner = found.get("template") if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else found
