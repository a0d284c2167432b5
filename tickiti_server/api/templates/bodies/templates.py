"""The shapes of templates: bodies and replies."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import TypedDict

from tickiti_cli.contract.vocabulary import TemplateType
from tickiti_server.validation.fields import (
    MOST_LINE,
    Body,
    Flag,
    Integer,
    Line,
    Positive,
    Text,
    renamed,
    wrong,
)
from tickiti_server.validation.json_schema import Time, Written

MOST_CONTENT = 1024 * 1024
"""Characters of a template's content."""

STOCK_RESPONSE = "stock-response"
"""The type of stock responses, which a search finds in addition to the templates."""

FOUND_TYPES = (*TemplateType, STOCK_RESPONSE)


def _kind(value: object) -> object:
    """One page of the vendor's documentation calls e-mails `template`."""
    return TemplateType.EMAIL if value == "template" else value


def _found_type(value: object) -> object:
    kind = _kind(value)
    if kind not in FOUND_TYPES:
        raise wrong(f"must be one of {', '.join(FOUND_TYPES)}")
    return str(kind)


def _present(text: str) -> str:
    if not text:
        raise wrong("is required")
    return text


def _named(identifier: str | None, info: ValidationInfo) -> str | None:
    """Runs after `type`, whose value is missing from `info` where it was wrong. The server itself
    names an FAQ."""
    if identifier is None and info.data.get("type", TemplateType.FAQ) is not TemplateType.FAQ:
        raise wrong("is required")
    return identifier


Kind = Annotated[
    TemplateType,
    BeforeValidator(_kind),
    Written(enum=[*TemplateType, "template"]),
    Field(description="Type; `template` is an alias of `email`.", examples=["email"]),
]
Identifier = Annotated[
    Line,
    Field(
        description="Its unique name. An FAQ gets one from the server, and keeps it.",
        examples=["warranty.received"],
    ),
]
Category = Annotated[Line, Field(description="For grouping.", examples=["Sales"])]
Subject = Annotated[
    Line,
    Field(description="With placeholders such as {{name}}.", examples=["Your order {{order.id}}"]),
]
Content = Annotated[
    Text,
    Field(
        max_length=MOST_CONTENT,
        description="HTML with placeholders; their values are escaped. Images in data URIs become "
        "files of the template.",
        examples=["<p>Dear {{name}}, we have your {{lines.0.sku}}.</p>"],
    ),
]
Enabled = Annotated[Flag, Field(description="False: disabled; it renders and sends nothing.")]
Former = Annotated[SkipJsonSchema[None], renamed("is_enabled"), Field(exclude=True)]
Description = Annotated[
    Text,
    Field(max_length=MOST_LINE, description="Description.", examples=["Sent on arrival."]),
]
Legend = Annotated[
    Text,
    Field(
        max_length=MOST_LINE,
        description="Description of the placeholders.",
        examples=["order.id: the number of the order"],
    ),
]
Keywords = Annotated[
    Text,
    Field(
        max_length=MOST_LINE,
        description="Search keywords.",
        examples=["order, shoes"],
    ),
]
Ordinal = Annotated[
    Integer, Field(description="Sort order of the FAQs, lowest first.", examples=[0])
]
TemplateId = Annotated[Positive, Field(description="The template's id.", examples=[1])]


class CreateTemplate(Body):
    type: Kind
    identifier: Annotated[
        Identifier | None, AfterValidator(_named), Field(validate_default=True)
    ] = None
    category: Category = ""
    subcategory: Category = ""
    subject: Subject = ""
    content: Content = ""
    description: Description = ""
    legend: Legend = ""
    keywords: Keywords = ""
    is_enabled: Enabled = True
    enabled: Former = None
    ordinal: Ordinal = 0


class TemplateChanges(Body):
    """A template's new members; those left out stay as they are, an empty text is empty."""

    id: TemplateId
    type: Kind | None = None
    identifier: Annotated[Identifier, AfterValidator(_present)] | None = None
    category: Category | None = None
    subcategory: Category | None = None
    subject: Subject | None = None
    content: Content | None = None
    description: Description | None = None
    legend: Legend | None = None
    keywords: Keywords | None = None
    is_enabled: Enabled | None = None
    enabled: Former = None
    ordinal: Ordinal | None = None

    @model_validator(mode="before")
    @classmethod
    def _drop_absent(cls, members: Any) -> Any:
        if not isinstance(members, dict):
            return members
        return {name: value for name, value in members.items() if value is not None}


class UpdateTemplate(Body):
    template: Annotated[TemplateChanges, Field(description="The fields to change.")]


class FindTemplate(Body):
    template_id: TemplateId


class SearchTemplates(Body):
    search: Annotated[
        Text | None,
        Field(
            max_length=MOST_LINE,
            description="Words that must all occur, ignoring case; quote phrases. All templates "
            "if omitted.",
            examples=["order"],
        ),
    ] = None
    q: Annotated[Text | None, Field(max_length=MOST_LINE, description="The same as search.")] = None
    mode: Annotated[Literal["templates"], Field(description="Templates of every type.")] = (
        "templates"
    )
    type: Annotated[
        str | None,
        BeforeValidator(_found_type),
        Written(enum=[*FOUND_TYPES, "template"]),
        Field(description="Only templates of this type."),
    ] = None


class RenderTemplate(Body):
    template_identifier: Annotated[
        Line, Field(description="The template's identifier.", examples=["warranty.received"])
    ]
    data: Annotated[
        dict[str, Any],
        Field(
            description="The values of the placeholders.",
            examples=[{"name": "Marcus", "order": {"id": 4711}, "lines": [{"sku": "VP-3"}]}],
        ),
    ] = Field(default_factory=dict)


class RenderTemplateV1(RenderTemplate):
    type: Kind = TemplateType.EMAIL


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
    type: Annotated[str, Written(enum=[*FOUND_TYPES]), Field(examples=["email"])]
    category: Annotated[str, Field(examples=["Sales"])]
    subcategory: Annotated[str, Field(examples=["Warranty"])]
    subject: Annotated[str, Field(examples=["Your order {{order.id}}"])]
    is_enabled: Annotated[
        bool, Field(description="False: disabled; it renders and sends nothing.", examples=[True])
    ]
    description: Annotated[str, Field(examples=["Sent on arrival."])]
    legend: Annotated[str, Field(examples=["order.id: the number of the order"])]
    keywords: Annotated[str, Field(examples=["order, shoes"])]
    ordinal: Annotated[int, Field(examples=[0])]
    updated_at: Time


class Template(TemplateRow):
    content: Annotated[str, Field(examples=["<p>Dear {{name}}, we have your {{lines.0.sku}}.</p>"])]


class TemplateShown(TypedDict):
    template: Template


class Faq(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    category: Annotated[str, Field(examples=["Sales"])]
    subcategory: Annotated[str, Field(examples=["Returns"])]
    subject: Annotated[str, Field(examples=["How do I send shoes back?"])]
    content: Annotated[
        str,
        Field(
            description="HTML; its images are data URIs.",
            examples=["<p>With the label in the box.</p>"],
        ),
    ]
    ordinal: Annotated[int, Field(examples=[0])]
    updated_at: Time


class Faqs(TypedDict):
    faqs: list[Faq]
