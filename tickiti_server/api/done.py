"""The replies of endpoints that tell no more than that a change was made, or the new one's id."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict


class Done(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]


class Created(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]
    id: Annotated[str, Field(examples=["1"])]


DONE: Done = {"ok": True}
