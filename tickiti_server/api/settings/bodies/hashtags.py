"""Hashtags in the vendor's second generation of the API: what tickets are marked with."""

from typing import Annotated

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from tickiti_cli.contract import settings as contract
from tickiti_cli.contract.words import is_word
from tickiti_server.call import Call
from tickiti_server.families.template_bodies import Done
from tickiti_server.handlers import handles
from tickiti_server.schemas import Written
from tickiti_server.store import hashtags as stored
from tickiti_server.values import Body, Text, wrong

MOST_TAG = 64


def _tag(text: str) -> str:
    tag = text.removeprefix("#")
    if len(tag) > MOST_TAG or not is_word(tag, "_-"):
        raise wrong("must be one word of at most 64 letters, digits, _ and -, such as vip")
    return tag


Tag = Annotated[Text, AfterValidator(_tag), Written(maxLength=65)]
"""One word; a # before it is dropped."""


class FindTag(Body):
    tag: Annotated[
        Tag, Field(description="The hashtag, with or without its #.", examples=["outdated"])
    ]


class Hashtag(TypedDict):
    tag: Annotated[str, Field(description="Without the #.", examples=["vip"])]
    count: Annotated[int, Field(description="How many tickets have it.", examples=[3])]


@handles(contract.hashtags_index)
def index(call: Call) -> list[Hashtag]:
    """List the hashtags, by name."""
    return [{"tag": row["tag"], "count": row["found"]} for row in stored.counted(call.tx)]


@handles(contract.hashtags_delete)
def delete(call: Call, body: FindTag) -> Done:
    """Take a hashtag from every ticket. Deleting what does not exist succeeds."""
    stored.delete(call.tx, body.tag)
    return {"ok": True}
