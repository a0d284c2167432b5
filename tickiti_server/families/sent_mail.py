"""The mail that was sent, in the vendor's second generation of the API."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract import mail as contract
from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server.call import DAY, Call, rfc3339
from tickiti_server.families.outbox import Chosen, body_of
from tickiti_server.handlers import handles
from tickiti_server.schemas import Time
from tickiti_server.store import outbox as stored
from tickiti_server.store.database import Row
from tickiti_server.values import Body, Integer, Line

MOST_ROWS = 1000


class RecentMail(Body):
    range_days: Annotated[
        Integer, Field(ge=1, le=30, description="How many days back.", examples=[7])
    ] = 7


class SearchMail(Body):
    q: Annotated[
        Line,
        Field(
            description="A part of the address or of the subject, whatever the case.",
            examples=["marcus"],
        ),
    ]
    limit: Annotated[
        Integer, Field(ge=1, le=MOST_ROWS, description="The most rows.", examples=[50])
    ] = 50


class SentMail(TypedDict):
    id: Annotated[str, Field(examples=["mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"])]
    to: Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]
    subject: Annotated[str, Field(examples=["Your order has shipped"])]
    mailbox: Annotated[str, Field(examples=["sales"])]
    sent_at: Annotated[Time | None, Field(description="null: not sent yet.")]
    status: Annotated[str, Field(examples=["sent"])]


class SentMailShown(SentMail):
    text: Annotated[str, Field(examples=["Order SP-2412-0489 is on its way."])]
    html: Annotated[str, Field(examples=["<p>Order SP-2412-0489 is on its way.</p>"])]


@handles(contract.sent_mail_list)
def recent(call: Call, body: RecentMail) -> list[SentMail]:
    """List the mail of the last days, newest first, a thousand at most."""
    wanted = stored.Wanted(kind="email", since=call.now - body.range_days * DAY)
    return [_mail(row) for row in stored.newest(call.tx, wanted, limit=MOST_ROWS)]


@handles(contract.sent_mail_search)
def search(call: Call, body: SearchMail) -> list[SentMail]:
    """Find mail by its address or subject."""
    wanted = stored.Wanted(kind="email", text=body.q)
    return [_mail(row) for row in stored.newest(call.tx, wanted, limit=body.limit)]


@handles(contract.sent_mail_show)
def show(call: Call, body: Chosen) -> SentMailShown:
    """Show a mail and what it says."""
    row = stored.find(call.tx, body.id)
    if row is None or row["kind"] != "email":
        sentence = f"There is no mail '{body.id}'."
        raise ValidationFailed(sentence, errors={"id": [sentence]})
    text, html = body_of(row)
    return {**_mail(row), "text": text, "html": html}


def _mail(row: Row) -> SentMail:
    return {
        "id": row["id"],
        "to": row["target"],
        "subject": row["subject"],
        "mailbox": row["mailbox"],
        "sent_at": rfc3339(row["done_at"]) if row["state"] == "sent" else None,
        "status": row["state"],
    }
