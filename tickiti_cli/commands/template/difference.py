"""The argument and the columns that `template pull`, `diff` and `push` share."""

from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli.output.format import columns

CHANGES = columns("change", "identifier")

NO_DIFFERENCE = "The directory and the server have the same templates."

Folder = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="Directory with a file IDENTIFIER.html for each template"),
]
