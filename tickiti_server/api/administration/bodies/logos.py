"""The shapes of the logos and of orphaned files: a body and a reply."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

MOST_LOGO = 2 * 1024 * 1024
"""Bytes of a logo."""


class OrphansDeleted(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]
    deleted: Annotated[int, Field(description="Number of files.", examples=[0])]
