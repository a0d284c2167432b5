"""The argument that several verbs of `tickiti profile` share."""

from typing import Annotated

import typer

from tickiti_cli.parser.global_flags import offering

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Profile name", autocompletion=offering("<profile>"))
]
