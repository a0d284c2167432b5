"""The members of a template, as `template create` and `template edit` take them from flags."""

from typing import Annotated, Any, NamedTuple

import typer

from tickiti_cli.contract.vocabulary import TemplateType
from tickiti_cli.input.read import read_text
from tickiti_cli.parser.choices import Line


class MemberFlags(NamedTuple):
    """One flag for each member that both verbs take."""

    subject: Annotated[
        str | None,
        typer.Option(
            "--subject",
            "-s",
            metavar="TEXT",
            help="Subject; may contain placeholders",
            click_type=Line(may_be_empty=True),
        ),
    ] = None
    content_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help='Read the HTML from FILE ("-" for stdin)'),
    ] = None
    category: Annotated[str | None, typer.Option(metavar="TEXT", help="Category")] = None
    subcategory: Annotated[str | None, typer.Option(metavar="TEXT", help="Subcategory")] = None
    enabled: Annotated[
        bool | None, typer.Option("--enable/--disable", help="Turn the template on or off")
    ] = None

    def to_members(self, kind: TemplateType | None) -> dict[str, Any]:
        """The members whose flags were given. Reads the content from its file."""
        flags = {"type": kind, **self._asdict()}
        file = flags.pop("content_file")
        flags["is_enabled"] = flags.pop("enabled")
        members = {name: value for name, value in flags.items() if value is not None}
        if file is not None:
            members["content"] = read_text(file, flag=f"--content-file {file}")
        return members
