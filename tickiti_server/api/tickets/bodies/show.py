"""The shapes of a ticket, its people, its links, its responses and their attachments under v1."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_cli.contract.vocabulary import PRIORITY_WORDS, TicketStatus
from tickiti_server.api.tickets.bodies.respond import Person
from tickiti_server.api.tickets.rules.reference import TicketRef
from tickiti_server.validation.fields import Body, Integer, Positive
from tickiti_server.validation.json_schema import Time, Written

LARGE = ("html", "plain_text", "attachments")
"""The members of a response that a request can leave out."""

MOST_FIELDS = 100

MaxBodyChars = Annotated[
    Integer | None,
    Field(
        ge=0,
        description="The most characters of html and of plain_text; what is longer is cut, and "
        "html_truncated or plain_text_truncated says so. The whole text if left out.",
    ),
]


class Show(TicketRef):
    """One ticket, named by its number or by its id."""

    fields: Annotated[
        list[Literal["html", "plain_text", "attachments"]] | None,
        Field(
            max_length=MOST_FIELDS,
            description="Which of these each response has; all of them if left out.",
        ),
    ] = None
    max_body_chars: MaxBodyChars = None


class ShowResponse(Body):
    response_id: Annotated[Positive, Field(description="The response's id.", examples=[1])]
    max_body_chars: MaxBodyChars = None


class Ticket(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    number: Annotated[int, Field(examples=[220009])]
    subject: Annotated[str, Field(examples=["Carbon plate cracked on first marathon"])]
    status: Annotated[TicketStatus, Field(examples=["open"])]
    priority: Annotated[
        str,
        Written(enum=[*PRIORITY_WORDS]),
        Field(description="10 low, 20 normal, 30 high, 40 urgent.", examples=["20"]),
    ]
    queue_id: Annotated[str, Field(examples=["2"])]
    queue_name: Annotated[str, Field(examples=["Sales"])]
    originator_email: Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]
    originator_name: Annotated[str | None, Field(examples=["Marcus"])]
    assigned_to_email: Annotated[
        str | None,
        Field(
            description="Assignee: e-mail address or team:<id>; null: unassigned.", examples=[None]
        ),
    ]
    resolved: Annotated[
        str | None,
        Field(description="Id of the resolution; null: none.", examples=[None]),
    ]
    hashtags: Annotated[list[str], Field(examples=[["vip"]])]
    on_hold_until: Annotated[
        str | None, Field(description="Day on which the ticket reopens.", examples=[None])
    ]
    created_at: Time
    updated_at: Time


class LinkedTicket(TypedDict):
    """A ticket that another one is linked to."""

    id: Annotated[str, Field(examples=["2"])]
    number: Annotated[int, Field(examples=[220010])]
    subject: Annotated[str, Field(examples=["Carbon plate cracked on first marathon"])]
    status: Annotated[TicketStatus, Field(examples=["open"])]
    is_clone: Annotated[
        bool,
        Field(
            description="Whether the link comes from a split; such a link cannot be removed.",
            examples=[False],
        ),
    ]


_SHA256 = "be5af11edc03aa268954a92da08d439d752e0b4d7b08144440c6391db3b6b79b"


class Attachment(TypedDict):
    id: Annotated[str, Field(examples=["1"])]
    name: Annotated[str, Field(examples=["sole.jpg"])]
    mime_type: Annotated[
        str, Field(description="Detected from the content.", examples=["image/jpeg"])
    ]
    file_size: Annotated[int, Field(description="In bytes.", examples=[48213])]
    is_inline: Annotated[
        bool, Field(description="Whether the HTML shows the file.", examples=[True])
    ]
    sha256: Annotated[
        str, Field(description="SHA-256 of the content, 64 hex digits.", examples=[_SHA256])
    ]


RecordedChange = TypedDict(
    "RecordedChange",
    {
        "what": Annotated[str, Field(description="Changed field.", examples=["status"])],
        "from": Annotated[Any, Field(description="Old value.", examples=["open"])],
        "to": Annotated[Any, Field(description="New value.", examples=["closed"])],
        "by": Annotated[str, Field(examples=["anna@sole-trader.example"])],
        "at": Time,
        "sha256": NotRequired[
            Annotated[str, Field(description="Time of deletion of the file.", examples=[_SHA256])]
        ],
        "reason": NotRequired[
            Annotated[str | None, Field(description="Reason of the deletion.", examples=[None])]
        ],
    },
)

Id = Annotated[str, Field(examples=["1"])]
IsInternal = Annotated[bool, Field(description="Internal note.", examples=[False])]
IsPinned = Annotated[bool, Field(description="Pinned: shown before the others.", examples=[False])]
StaffResponse = Annotated[bool, Field(description="Whether staff wrote it.", examples=[False])]
CreatedByEmail = Annotated[str, Field(examples=["marcus@trailblazers-club.example"])]
IsEmailSourced = Annotated[bool, Field(description="Received as e-mail.", examples=[False])]
BodyChars = Annotated[int, Field(description="Length of the whole html.", ge=0, examples=[66])]
Audit = Annotated[
    list[RecordedChange],
    Field(description="Changes of the ticket with this response.", examples=[[]]),
]
IsAuditOnly = Annotated[
    bool, Field(description="Whether it only records changes.", examples=[False])
]
Html = Annotated[
    str,
    Field(
        description="Unsanitised: sanitise it before you show it.",
        examples=["The <em>Vapor Pro 3</em> plate snapped at mile 14 of Berlin Marathon."],
    ),
]
PlainText = Annotated[
    str, Field(examples=["The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon."])
]
Attachments = Annotated[list[Attachment], Field(examples=[[]])]
Truncated = Annotated[bool, Field(description="True: cut by max_body_chars.", examples=[True])]


class Response(TypedDict):
    """A response of a ticket. A request can leave html, plain_text and attachments out."""

    id: Id
    is_internal: IsInternal
    is_pinned: IsPinned
    staff_response: StaffResponse
    created_by_email: CreatedByEmail
    created_at: Time
    updated_at: Time
    is_email_sourced: IsEmailSourced
    body_chars: BodyChars
    audit: Audit
    is_audit_only: IsAuditOnly
    html: NotRequired[Html]
    plain_text: NotRequired[PlainText]
    attachments: NotRequired[Attachments]
    html_truncated: NotRequired[Truncated]
    plain_text_truncated: NotRequired[Truncated]


class TicketResponse(Response):
    """A response, and the ticket that it is on."""

    ticket_id: Annotated[str, Field(examples=["1"])]
    ticket_number: Annotated[int, Field(examples=[220009])]


class ResponseShown(TypedDict):
    response: TicketResponse


Thread = Annotated[list[Response], Field(description="Pinned first, then oldest first.")]


class TicketShown(TypedDict):
    ticket: Ticket
    participants: Annotated[list[Person], Field(description="The requester and all participants.")]
    linked_tickets: list[LinkedTicket]
    responses: Thread


class Responses(TypedDict):
    ticket_number: Annotated[int, Field(examples=[220009])]
    responses: Thread
