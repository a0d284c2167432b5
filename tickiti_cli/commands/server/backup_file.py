"""The argument that `server backup` and `server restore` share."""

from pathlib import Path
from typing import Annotated

import typer

Backup = Annotated[Path, typer.Argument(metavar="FILE", help="Backup file")]
