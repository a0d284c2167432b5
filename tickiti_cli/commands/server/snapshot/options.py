"""The argument that the verbs of snapshots share."""

from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the snapshot")]
