"""The shapes of send_email: its bodies and its reply."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from tickiti_server.validation.addresses import MOST_ADDRESS, wire_address
from tickiti_server.validation.error_body import SHAPE
from tickiti_server.validation.fields import Body, Flag, Line, Text, is_absent, trimmed, wrong
from tickiti_server.validation.json_schema import Written, without

_UNSAFE = r"\s\x00-\x1f\x7f-\x9f\u2028\u2029,;:<>()\[\]\"\\@"


_ONE_ADDRESS = re.compile(f"[^{_UNSAFE}]+@[^{_UNSAFE}]+")


def _recipient(value: object) -> str:
    """One address that a mail header can hold. Its syntax need not be strict."""
    text = trimmed(value) if isinstance(value, str) else ""
    if len(text) > MOST_ADDRESS or not _ONE_ADDRESS.fullmatch(text):
        raise wrong("must be one e-mail address, such as marcus@trailblazers-club.example")
    try:
        wire_address(text)
    except ValueError:
        raise wrong("has a domain that must be written in its xn-- form") from None
    return text


Recipient = Annotated[
    str,
    BeforeValidator(_recipient),
    Written(format="email", maxLength=MOST_ADDRESS),
    Field(
        description="One e-mail address without a display name.",
        examples=["marcus@trailblazers-club.example"],
    ),
]


class _Send(Body):
    to_address: Recipient
    mailbox: Annotated[
        Line | None,
        Field(description="Name of the mailbox to send from; the default mailbox if omitted."),
    ] = None
    validate_address: Annotated[
        Flag, Field(description="True: also check the address against the strict syntax.")
    ] = False

    @property
    def copies(self) -> Sequence[str]:
        """The other recipients."""
        return ()


class SendContent(_Send):
    """An e-mail from a subject and content."""

    model_config = ConfigDict(json_schema_extra=without("template_identifier"))

    subject: Annotated[
        Line,
        Field(description="One line.", examples=["Your order has shipped"]),
    ]
    content: Annotated[
        Text,
        Field(
            description="Body as HTML.",
            examples=["<p>Order SP-2412-0489 is on its way.</p>"],
        ),
    ]

    @property
    def subject_and_content(self) -> tuple[str, str]:
        return self.subject, self.content


class SendTemplate(_Send):
    """An e-mail from a template and the values of its placeholders."""

    model_config = ConfigDict(json_schema_extra=without("subject", "content"))

    template_identifier: Annotated[
        Line, Field(description="The template's identifier.", examples=["warranty.received"])
    ]
    data: Annotated[
        dict[str, Any],
        Field(
            description="The values of the placeholders.",
            examples=[{"name": "Marcus", "order": {"id": "SP-2412-0489"}}],
        ),
    ] = Field(default_factory=dict)


def _refuse_shape(_: object) -> object:
    rule = "must have exactly one shape: subject and content, or template_identifier and data"
    raise PydanticCustomError("shape", "shape", {"rule": rule})


class SendWithoutShape(_Send):
    """A body of neither shape. Validation fails, and reports its other bad fields as well."""

    body: Annotated[Any, BeforeValidator(_refuse_shape), Field(validate_default=True)] = None


def _shape_of(body: Any) -> str:
    if not isinstance(body, dict):
        return "content"
    has_content = not all(is_absent(body.get(name)) for name in ("subject", "content"))
    is_template = not is_absent(body.get("template_identifier"))
    if has_content == is_template:
        return "none"
    return "template" if is_template else "content"


SendEmail = Annotated[
    Annotated[SendContent, Tag(SHAPE + "content")]
    | Annotated[SendTemplate, Tag(SHAPE + "template")]
    | Annotated[SkipJsonSchema[SendWithoutShape], Tag(SHAPE + "none")],
    Discriminator(lambda body: SHAPE + _shape_of(body)),
]


class _WithCopies(Body):
    cc: Annotated[
        list[Recipient],
        Field(
            max_length=100,
            description="Cc recipients; all recipients see these addresses.",
            examples=[["anna@sole-trader.example"]],
        ),
    ] = Field(default_factory=list)

    @property
    def copies(self) -> Sequence[str]:
        return self.cc


class SendContentV1(_WithCopies, SendContent):
    """An e-mail from a subject and content, to one or more recipients."""


class SendTemplateV1(_WithCopies, SendTemplate):
    """An e-mail from a template and the values of its placeholders, to one or more recipients."""


class SendWithoutShapeV1(_WithCopies, SendWithoutShape):
    """A body of neither shape."""


SendEmailV1 = Annotated[
    Annotated[SendContentV1, Tag(SHAPE + "content")]
    | Annotated[SendTemplateV1, Tag(SHAPE + "template")]
    | Annotated[SkipJsonSchema[SendWithoutShapeV1], Tag(SHAPE + "none")],
    Discriminator(lambda body: SHAPE + _shape_of(body)),
]


class EmailAccepted(TypedDict):
    email_id: Annotated[
        str,
        Field(description="Id in the outbox.", examples=["mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"]),
    ]
    message_id: Annotated[
        str,
        Field(
            description="Message-ID header.",
            examples=["<mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A@localhost>"],
        ),
    ]
    to_address: Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]
    mailbox: Annotated[str, Field(description="Sender address.", examples=["local"])]
    status: Literal["queued"]


class EmailAcceptedV1(EmailAccepted):
    cc: Annotated[
        list[str],
        Field(
            description="Cc recipients, without duplicates.",
            examples=[["anna@sole-trader.example"]],
        ),
    ]
