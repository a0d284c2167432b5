"""A row of the API: everything about one route except its business rule."""

import re
from enum import Enum, IntEnum, StrEnum
from typing import NamedTuple

MOST_ROWS = 1000
"""Rows of one page, of every list. A page is built in memory, so that it needs a limit."""

V1 = "/api/v1/"
"""Begins the path of every route of the vendor's second generation."""


class Ability(StrEnum):
    """The abilities of a token. The first block opens classic routes, the second v1 routes."""

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
    SKILLS_READ = "skills:read"
    SKILLS_WRITE = "skills:write"

    MANAGE_TOKENS = "manage-tokens"
    """Only the bundled server has this ability. It opens the routes under /_tickiti/."""


class ControlAbility(StrEnum):
    """The ability that only the first token of a server in test mode has. No token is minted with
    it."""

    CONTROL_SERVER = "control-server"


AnyAbility = Ability | ControlAbility


class Role(IntEnum):
    """The role of the token's user. A higher role includes the lower ones."""

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
    """Which callers a route admits, before abilities and roles are compared."""

    PUBLIC = "no token is looked at"
    TOKEN = "any live token"  # noqa: S105 - not a secret
    ABILITY = "a live token with one of the row's abilities"


class Key(Enum):
    """How a route treats an Idempotency-Key header."""

    NONE = "ignored"
    OPTIONAL = "honoured when sent"
    REQUIRED = "an error without one: 400 on classic routes, 422 on v1 routes"


class Body(StrEnum):
    """The kind of body that a route takes."""

    JSON = "json"
    MULTIPART = "multipart"


class Envelope(Enum):
    """The members that surround a handler's reply on the wire."""

    DATA = '{"ok": true, "data": REPLY}'
    PAGE = '{"ok": true, "data": ROWS, ...paging members of the reply}'
    BARE = "the reply alone, as the vendor's screens read it"


class Endpoint(NamedTuple):
    """One route. Path, checks, decoding, OpenAPI and `tickiti api NAME` are derived from it."""

    name: str
    path: str
    method: str = "POST"
    body: Body = Body.JSON
    needs: tuple[AnyAbility, ...] = ()
    access: Access = Access.ABILITY
    role: Role = Role.ANY
    sysadmin: bool = False
    plans: tuple[Plan, ...] = ()
    key: Key = Key.NONE
    action: str = ""
    """The action that a minted key may be bound to. Empty where the route takes no key."""
    writes: bool = False
    empty_body: bool = False
    """True if a request without a body and content type counts as `{}`."""
    envelope: Envelope = Envelope.DATA
    served: bool = True
    """False for a row of the vendor's API that the bundled server answers with 501."""
    is_off: bool = False
    """True for a row that an ordinary install does not have; the bundled server answers 404."""

    @property
    def is_v1(self) -> bool:
        """Whether the route belongs to the vendor's second generation."""
        return self.path.startswith(V1)

    @property
    def params(self) -> tuple[str, ...]:
        """The names in the path's braces, in order."""
        return tuple(re.findall(r"{(\w+)}", self.path))


INDEXED_PERCENT = "Tickiti-Indexed-Percent"
"""The header of the bundled server's readyz while it indexes texts: how much of them it has."""

DATABASE_CHECK = "Tickiti-Database-Check"
RUNNING = "running"
"""The header of readyz while the server checks its database, and its value."""

UNSAFE_SETTINGS = "Tickiti-Unsafe-Settings"
"""The header of readyz while the database has settings by which a power cut loses tickets."""
