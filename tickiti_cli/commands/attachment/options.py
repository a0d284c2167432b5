"""The argument that several commands of an attachment share."""

from typing import Annotated

import typer

AttachmentId = Annotated[int, typer.Argument(metavar="ID", min=1, help="Attachment ID")]
