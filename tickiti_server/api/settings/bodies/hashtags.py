"""The shapes of hashtags: bodies and replies."""

from typing import Annotated

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from tickiti_cli.contract.characters import is_word
from tickiti_server.validation.fields import Body, Text, wrong
from tickiti_server.validation.json_schema import Written

MOST_TAG = 64


def _tag(text: str) -> str:
    tag = text.removeprefix("#")
    if len(tag) > MOST_TAG or not is_word(tag, "_-"):
        raise wrong("must be one word of at most 64 letters, digits, _ and -, such as vip")
    return tag


Tag = Annotated[Text, AfterValidator(_tag), Written(maxLength=65)]
"""One word. A leading # is removed."""


class FindTag(Body):
    tag: Annotated[
        Tag, Field(description="The hashtag, with or without its #.", examples=["outdated"])
    ]


class Hashtag(TypedDict):
    tag: Annotated[str, Field(description="Without the #.", examples=["vip"])]
    count: Annotated[int, Field(description="Number of tickets.", examples=[3])]
