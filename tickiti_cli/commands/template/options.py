"""The argument, the filter and the columns that several verbs of `tickiti template` share."""

from typing import Annotated

import typer

from tickiti_cli.commands.template.file import TYPES
from tickiti_cli.output.format import columns
from tickiti_cli.parser.choices import Choice
from tickiti_cli.parser.global_flags import offering

LISTED = columns(
    "identifier", "type", "subject", "category", "subcategory", "is_enabled",
    leaving=("subcategory", "category", "is_enabled", "type", "subject"),
)  # fmt: skip

TemplateId = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="Template identifier or ID", autocompletion=offering("<template>")
    ),
]

Type = Annotated[
    str | None,
    typer.Option(
        "--type", metavar="TYPE", help="Only templates of this type", click_type=Choice(TYPES)
    ),
]
