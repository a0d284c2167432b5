"""The argument that several verbs of `tickiti intervention` share."""

from typing import Annotated

import typer

from tickiti_cli.parser.global_flags import offering

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="Name of the intervention", autocompletion=offering("<intervention>")
    ),
]
