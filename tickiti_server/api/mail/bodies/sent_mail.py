"""The shapes of sent mail: bodies and replies."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_server.validation.fields import MOST_LINE, Body, Integer, Line, trimmed, wrong
from tickiti_server.validation.json_schema import LINE, Time, Written

MOST_LISTED = 300
MOST_FOUND = 500


def _mail_id(value: object) -> str:
    """A number, its digits or an email_id, as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not trimmed(value).isprintable():
        raise wrong("must be an id or an email_id")
    return trimmed(value)


class RecentMail(Body):
    range_days: Annotated[
        Integer, Field(ge=1, le=30, description="Number of days back.", examples=[7])
    ] = 1
    limit: Annotated[
        Integer, Field(ge=1, le=MOST_LISTED, description="Maximum number of rows.", examples=[50])
    ] = MOST_LISTED


class SearchMail(Body):
    search: Annotated[
        Line | None,
        Field(
            description="Part of the address or subject, ignoring case; all mail if omitted.",
            examples=["marcus"],
        ),
    ] = None
    q: Annotated[Line | None, Field(description="The same as search.")] = None
    limit: Annotated[
        Integer, Field(ge=1, le=MOST_FOUND, description="Maximum number of rows.", examples=[50])
    ] = 50


class ShowMail(Body):
    id: Annotated[
        str,
        BeforeValidator(_mail_id),
        Field(
            max_length=MOST_LINE,
            description="The id of a list of sent mail, or the email_id of its sending.",
            examples=["1"],
        ),
        Written(type=["integer", "string"], pattern=LINE),
    ]


class SentMail(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    to_address: Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]
    subject: Annotated[str, Field(examples=["Your order has shipped"])]
    mailbox: Annotated[str, Field(examples=["sales"])]
    sent_at: Annotated[Time | None, Field(description="null: not sent yet.")]
    status: Annotated[str, Field(examples=["sent"])]


class SentMailShown(SentMail):
    cc: Annotated[
        list[str],
        Field(
            description="Cc recipients; each got a mail with the same Message-ID.",
            examples=[["anna@sole-trader.example"]],
        ),
    ]
    text: Annotated[str, Field(examples=["Order SP-2412-0489 is on its way."])]
    html: Annotated[str, Field(examples=["<p>Order SP-2412-0489 is on its way.</p>"])]
