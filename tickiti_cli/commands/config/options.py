"""The argument that several verbs of `tickiti config` share."""

from typing import Annotated

import typer

from tickiti_cli.config.settings import SETTINGS
from tickiti_cli.parser.global_flags import offering

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="A setting, default_profile, or profiles.NAME.FIELD",
        autocompletion=offering(*SETTINGS, "default_profile"),
    ),
]
