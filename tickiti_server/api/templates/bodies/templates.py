"""What the template endpoints take and give: the shapes of their bodies and replies."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from tickiti_server.families.search_bodies import MOST_TOKEN_CHARACTERS
from tickiti_server.values import Body, Flag, Line, Positive, Text, wrong

MOST_CONTENT = 1024 * 1024
"""Characters of a template's content."""


def _present(text: str) -> str:
    if not text:
        raise wrong("is required")
    return text


class TemplateType(StrEnum):
    EMAIL = "email"
    NOTIFICATION = "notification"
    INTERVENTION = "intervention"
    FAQ = "faq"


Kind = Annotated[TemplateType, Field(description="What it is for.", examples=["email"])]
Identifier = Annotated[Line, Field(description="Its unique name.", examples=["warranty.received"])]
Category = Annotated[Line, Field(description="For sorting lists of templates.", examples=["Sales"])]
Subject = Annotated[
    Line,
    Field(description="With placeholders such as {{name}}.", examples=["Your order {{order.id}}"]),
]
Content = Annotated[
    Text,
    Field(
        max_length=MOST_CONTENT,
        description="HTML with placeholders; their values are escaped.",
        examples=["<p>Dear {{name}}, we have your {{lines.0.sku}}.</p>"],
    ),
]
Enabled = Annotated[Flag, Field(description="False: it cannot be used.")]
TemplateId = Annotated[Positive, Field(description="The template's id.", examples=[1])]


class CreateTemplate(Body):
    type: Kind
    identifier: Identifier
    category: Category = ""
    subcategory: Category = ""
    subject: Subject = ""
    content: Content = ""
    enabled: Enabled = True


class TemplateChanges(Body):
    """A template's new members; those left out stay as they are, an empty text is empty."""

    id: TemplateId
    type: Kind | None = None
    identifier: Annotated[Identifier, AfterValidator(_present)] | None = None
    category: Category | None = None
    subcategory: Category | None = None
    subject: Subject | None = None
    content: Content | None = None
    enabled: Enabled | None = None

    @model_validator(mode="before")
    @classmethod
    def _drop_absent(cls, members: Any) -> Any:
        if not isinstance(members, dict):
            return members
        return {name: value for name, value in members.items() if value is not None}


class UpdateTemplate(Body):
    template: Annotated[TemplateChanges, Field(description="The members to change.")]


class FindTemplate(Body):
    template_id: TemplateId


class SearchTemplates(Body):
    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["search"]}, {"required": ["q"]}]}
    )

    search: Annotated[
        Text | None,
        Field(
            max_length=MOST_TOKEN_CHARACTERS,
            description="A text to look for.",
            examples=["order"],
        ),
    ] = None
    q: Annotated[
        Text | None,
        Field(max_length=MOST_TOKEN_CHARACTERS, description="The same as search."),
    ] = None
    mode: Annotated[
        Literal["identifier", "subject", "content"] | None,
        Field(description="Where to look; everywhere if left out."),
    ] = None
    type: Annotated[TemplateType | None, Field(description="Only those of one type.")] = None


class RenderTemplate(Body):
    template_identifier: Identifier
    data: Annotated[
        dict[str, Any],
        Field(
            description="The values of the placeholders.",
            examples=[{"name": "Marcus", "order": {"id": 4711}, "lines": [{"sku": "VP-3"}]}],
        ),
    ] = Field(default_factory=dict)


class RenderedTemplate(TypedDict):
    subject: Annotated[
        str, Field(description="Plain text, one line.", examples=["Your order 4711"])
    ]
    content: Annotated[
        str, Field(description="HTML.", examples=["<p>Dear Marcus, we have your VP-3.</p>"])
    ]


class TemplateRow(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    identifier: Annotated[str, Field(examples=["warranty.received"])]
    type: Annotated[
        Literal["email", "notification", "intervention", "faq"], Field(examples=["email"])
    ]
    category: Annotated[str, Field(examples=["Sales"])]
    subcategory: Annotated[str, Field(examples=["Warranty"])]
    subject: Annotated[str, Field(examples=["Your order {{order.id}}"])]
    enabled: Annotated[bool, Field(description="False: it cannot be used.", examples=[True])]


class Template(TemplateRow):
    content: Annotated[str, Field(examples=["<p>Dear {{name}}, we have your {{lines.0.sku}}.</p>"])]


class Done(TypedDict):
    ok: Annotated[bool, Field(examples=[True])]
