"""The arguments that several verbs of `tickiti resolution` share."""

from typing import Annotated

import typer

from tickiti_cli.api import lookup
from tickiti_cli.contract.v1 import workflow

RESOLUTION = lookup.Kind("resolution", (workflow.resolutions_index,), "resolution_categories")

Resolution = Annotated[str, typer.Argument(metavar="RESOLUTION", help="Resolution name or ID")]
