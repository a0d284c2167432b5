"""The shapes of stock responses: bodies and replies."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, Field, model_validator
from typing_extensions import TypedDict

from tickiti_server.validation.fields import (
    MOST_LINE,
    Body,
    Flag,
    Line,
    Positive,
    Text,
    is_absent,
    wrong,
)
from tickiti_server.validation.json_schema import Time

MOST_CONTENT = 1024 * 1024
"""Characters of a stock response's content."""

Relevance = Literal["as_is", "compose", "reference", "exclude"]
"""How the vendor's assistant may use a stock response."""


def _present(text: str) -> str:
    if not text:
        raise wrong("is required")
    return text


Identifier = Annotated[Line, Field(description="Its unique name.", examples=["returns.label"])]
Category = Annotated[Line, Field(description="For grouping.", examples=["Returns"])]
Subcategory = Annotated[Line, Field(description="For grouping.", examples=["Label"])]
Subject = Annotated[Line, Field(description="One line.", examples=["Your label"])]
Keywords = Annotated[
    Text,
    Field(
        max_length=MOST_LINE,
        description="Search keywords, separated by commas or lines.",
        examples=["return, label"],
    ),
]
Content = Annotated[
    Text,
    Field(
        max_length=MOST_CONTENT,
        description="HTML. Images in data URIs become files of the stock response.",
        examples=["<p>The label is in the box.</p>"],
    ),
]
Enabled = Annotated[Flag, Field(description="Whether it is offered to staff.", examples=[True])]
Notes = Annotated[
    Text, Field(max_length=MOST_LINE, description="For staff.", examples=["Europe only."])
]
AiRelevance = Annotated[
    Relevance,
    Field(
        description="How the vendor's assistant may use it; only an admin may set this. This "
        "server keeps it.",
        examples=["as_is"],
    ),
]
StockId = Annotated[Positive, Field(description="The stock response's id.", examples=[1])]


class ListStockResponses(Body):
    search: Annotated[
        Text | None,
        Field(
            max_length=MOST_LINE,
            description="Words that must all occur, ignoring case, in identifier, keywords, "
            "subject or content.",
            examples=["label"],
        ),
    ] = None
    include_content: Annotated[
        Flag, Field(description="True: with content, is_enabled and ai_relevance.")
    ] = False


class FindStockResponse(Body):
    template_id: StockId


class CreateStockResponse(Body):
    identifier: Identifier
    category: Category
    subcategory: Subcategory = ""
    subject: Subject = ""
    keywords: Keywords = ""
    content: Content = ""
    is_enabled: Enabled = True
    notes: Notes = ""
    ai_relevance: AiRelevance | None = None


class StockResponseChanges(Body):
    """New members of a stock response; those left out stay as they are, an empty text is empty."""

    id: StockId
    identifier: Annotated[Identifier, AfterValidator(_present)] | None = None
    category: Annotated[Category, AfterValidator(_present)] | None = None
    subcategory: Subcategory | None = None
    subject: Subject | None = None
    keywords: Keywords | None = None
    content: Content | None = None
    is_enabled: Enabled | None = None
    notes: Notes | None = None
    ai_relevance: AiRelevance | None = None

    @model_validator(mode="before")
    @classmethod
    def _drop_absent(cls, members: Any) -> Any:
        """An older client calls the identifier `title`."""
        if not isinstance(members, dict):
            return members
        given = {name: value for name, value in members.items() if value is not None}
        for name in ("is_enabled", "ai_relevance"):
            if is_absent(given.get(name)):
                given.pop(name, None)
        if "title" in given:
            given.setdefault("identifier", given["title"])
        return given


class UpdateStockResponse(Body):
    template: Annotated[StockResponseChanges, Field(description="The fields to change.")]


class StockResponse(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    identifier: Annotated[str, Field(examples=["returns.label"])]
    title: Annotated[str, Field(description="The identifier again.", examples=["returns.label"])]
    category: Annotated[str, Field(examples=["Returns"])]
    subcategory: Annotated[str, Field(examples=["Label"])]
    subject: Annotated[str, Field(examples=["Your label"])]
    keywords: Annotated[str, Field(examples=["return, label"])]
    use_count: Annotated[int, Field(examples=[0])]
    notes: Annotated[str, Field(examples=["Europe only."])]
    updated_at: Time
    is_enabled: NotRequired[Annotated[bool, Field(examples=[True])]]
    ai_relevance: NotRequired[Annotated[Relevance, Field(examples=["as_is"])]]
    content: NotRequired[Annotated[str, Field(examples=["<p>The label is in the box.</p>"])]]


class StockResponseShown(TypedDict):
    template: StockResponse
