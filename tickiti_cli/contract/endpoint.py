"""The shape of one row of the API: everything about a route that is not its business rule."""

import re
from enum import Enum, IntEnum, StrEnum
from typing import NamedTuple


class Ability(StrEnum):
    """What a token may do. The first block opens classic routes, the second v1 routes."""

    CREATE_TICKET = "create-ticket"
    TICKET_RESPOND = "ticket-respond"
    SEND_EMAIL = "send-email"
    TICKET_INDEX = "ticket-index"

    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"
    MAIL_READ = "mail:read"
    MAIL_WRITE = "mail:write"
    TEMPLATES_READ = "templates:read"
    TEMPLATES_WRITE = "templates:write"
    WORKFLOW_READ = "workflow:read"
    WORKFLOW_WRITE = "workflow:write"
    REPORTS_READ = "reports:read"
    SUPERVISOR_READ = "supervisor:read"
    SUPERVISOR_WRITE = "supervisor:write"
    ADMINISTRATION_READ = "administration:read"
    ADMINISTRATION_WRITE = "administration:write"

    MANAGE_TOKENS = "manage-tokens"
    """Ours: opens the bundled server's own administration under /_tickiti/."""


class Role(IntEnum):
    """Who the token's user is; a higher role includes the lower ones."""

    ANY = 0
    STAFF = 1
    ADMIN = 2
    SUPERUSER = 3


class Plan(StrEnum):
    REPORTS = "has_reports"
    ESCALATIONS = "has_escalations"
    INTERVENTIONS = "has_interventions"
    RESOLUTION_TRACKING = "has_resolution_tracking"
    AI_ASSISTANT = "has_ai_assistant"


class Access(Enum):
    """Who may call a route at all."""

    PUBLIC = "no token is looked at"
    TOKEN = "any live token"  # noqa: S105 - not a secret
    ABILITY = "a live token with one of the row's abilities"


class Key(Enum):
    """What a route does with an Idempotency-Key header."""

    NONE = "ignored"
    OPTIONAL = "honoured when sent"
    REQUIRED = "400 without one"


class Envelope(Enum):
    """What surrounds a handler's reply on the wire."""

    DATA = '{"ok": true, "data": REPLY}'
    PAGE = '{"ok": true, "data": ROWS, ...paging members of the reply}'
    BARE = "the reply alone, as the vendor's screens read it"


class Endpoint(NamedTuple):
    """One route. Path, checks, decoding, OpenAPI and `tickiti api NAME` are derived from it."""

    name: str
    path: str
    needs: tuple[Ability, ...] = ()
    access: Access = Access.ABILITY
    role: Role = Role.ANY
    sysadmin: bool = False
    plans: tuple[Plan, ...] = ()
    key: Key = Key.NONE
    action: str = ""
    """What a minted key may be bound to; empty where no key is taken."""
    writes: bool = False
    empty_body: bool = False
    """Whether no body and no content type stand for `{}`."""
    envelope: Envelope = Envelope.DATA
    served: bool = True
    """False: a row of the vendor's API that the bundled server answers with 501."""

    @property
    def params(self) -> tuple[str, ...]:
        """The names in the path's braces, in order."""
        return tuple(re.findall(r"{(\w+)}", self.path))
