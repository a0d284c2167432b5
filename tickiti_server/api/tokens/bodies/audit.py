"""The shapes of the audit log of tokens: body and reply."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.api.tokens.bodies.tokens import Moment
from tickiti_server.auth.audit import Action
from tickiti_server.validation.fields import Body, Positive
from tickiti_server.validation.json_schema import Time, Written
from tickiti_server.validation.paging import DEFAULT_LIMIT, Limit, NextCursor, TextCursor


class ListAudit(Body):
    id: Annotated[
        Positive | None, Field(description="What was done to this token, a pruned one too.")
    ] = None
    since: Annotated[
        Moment | None, Field(description="A time or a day: nothing that happened before it.")
    ] = None
    limit: Limit = DEFAULT_LIMIT
    cursor: TextCursor = None


class AuditEntry(TypedDict):
    id: Annotated[int, Field(examples=[52])]
    occurred_at: Time
    action: Annotated[str, Written(enum=[*Action]), Field(examples=["mint"])]
    token_id: Annotated[int, Field(description="The token it was done to.", examples=[14])]
    token_name: Annotated[str, Field(examples=["sales-portal"])]
    actor_token_id: Annotated[
        int | None,
        Field(description="The token that did it; null: the server, at its start.", examples=[1]),
    ]
    actor_name: Annotated[str, Field(examples=["local"])]
    request_id: Annotated[str | None, Field(examples=["5f0c21aa-1c3"])]
    details: Annotated[
        dict[str, Any],
        Field(
            description="Details: abilities, expires_at, user, successor, ...",
            examples=[{"abilities": ["create-ticket"]}],
        ),
    ]


class Audit(TypedDict):
    audit: list[AuditEntry]
    next_cursor: NextCursor
