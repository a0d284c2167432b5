"""The fields of every request and reply. Generated: `python -m tickiti_server.documentation.python_client`."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from tickiti_cli.python.group import FileOrPath

Ability: TypeAlias = Literal[
    "create-ticket",
    "ticket-respond",
    "send-email",
    "ticket-index",
    "tickets:read",
    "tickets:write",
    "settings:read",
    "settings:write",
    "mail:read",
    "mail:write",
    "templates:read",
    "templates:write",
    "workflow:read",
    "workflow:write",
    "reports:read",
    "supervisor:read",
    "supervisor:write",
    "administration:read",
    "administration:write",
    "skills:read",
    "skills:write",
    "manage-tokens",
]
"""
The abilities of a token. The first block opens classic routes, the second v1 routes.
"""


Hashtag: TypeAlias = str


RemoveHashtag: TypeAlias = str


class Act(TypedDict):
    """
    At least one action.
    """

    ticket_number: int
    """
    The ticket's number.
    """
    close: NotRequired[bool]
    """
    True: close the ticket; ends a hold.
    """
    reopen: NotRequired[bool]
    """
    True: open the ticket; ends a hold.
    """
    assign: NotRequired[str]
    """
    E-mail address of the new assignee.
    """
    priority: NotRequired[str]
    """
    low, normal, high or urgent, or its number.
    """
    hashtags: NotRequired[list[Hashtag]]
    """
    Hashtags to add.
    """
    remove_hashtags: NotRequired[list[RemoveHashtag]]
    """
    Hashtags to remove.
    """
    watchlist: NotRequired[int]
    """
    Id of a watchlist to add the ticket to.
    """


class AgentActivity(TypedDict):
    user_id: str
    name: str | None
    email: str
    responses: int
    """
    Public responses.
    """
    notes: int
    """
    Internal notes.
    """
    tickets: int
    """
    Tickets with these responses.
    """
    closed: int
    """
    Tickets closed by this agent and not reopened since.
    """


class Assistant(TypedDict):
    ai_enabled: bool
    ai_auto_draft_inbound: bool
    ai_suggest_after_staff_reply: bool
    ai_auto_send: bool
    ai_auto_send_threshold: int
    ai_model: str
    ai_persona: str
    ai_business_context: str
    ai_signature: str
    ai_auto_signature: str
    ai_api_key_set: bool
    """
    Whether a key is stored.
    """


class Attachment(TypedDict):
    id: str
    name: str
    mime_type: str
    """
    Detected from the content.
    """
    file_size: int
    """
    In bytes.
    """
    is_inline: bool
    """
    Whether the HTML shows the file.
    """
    sha256: str
    """
    SHA-256 of the content, 64 hex digits.
    """


class AttachmentDeleted(TypedDict):
    response_id: int
    response_attachment_id: int
    name: str
    sha256: str
    bytes_deleted: bool
    """
    False: another response still has the same file.
    """


class AttachmentShown(TypedDict):
    id: str
    name: str
    mime_type: str
    """
    Detected from the content.
    """
    file_size: int
    """
    In bytes.
    """
    is_inline: bool
    """
    Whether the HTML shows the file.
    """
    sha256: str
    """
    SHA-256 of the content, 64 hex digits.
    """
    response_id: str
    content_base64: str
    """
    The content, or the requested part.
    """
    eof: bool
    """
    Whether this part reaches the end of the file.
    """


class BusinessHours(TypedDict):
    """
    Members as an update takes them, those of the other modes included.
    """

    mode: str
    mon_enabled: bool
    tue_enabled: bool
    wed_enabled: bool
    thu_enabled: bool
    fri_enabled: bool
    sat_enabled: bool
    sun_enabled: bool
    simple_start: int
    simple_end: int
    mon_start: int
    mon_end: int
    tue_start: int
    tue_end: int
    wed_start: int
    wed_end: int
    thu_start: int
    thu_end: int
    fri_start: int
    fri_end: int
    sat_start: int
    sat_end: int
    sun_start: int
    sun_end: int


class CallbackAttempt(TypedDict):
    attempted_at: str
    url: str
    code: int | None
    """
    The status of the reply.
    """
    error: str | None
    reply_headers: list[tuple[str, str]] | None
    """
    null: there was no reply.
    """
    reply_body: str | None
    """
    The first 64 KiB of the reply's body.
    """
    reply_is_whole: bool | None


Participant: TypeAlias = str


class ChangeParticipants(TypedDict):
    ticket_number: NotRequired[int]
    """
    The ticket's number.
    """
    ticket_id: NotRequired[int]
    """
    The ticket's id, in place of its number.
    """
    participants: list[Participant]
    """
    Their addresses.
    """
    from_email: NotRequired[str]
    """
    Who changes the participants; the token's owner if omitted.
    """


class CreateApiToken(TypedDict):
    name: str
    """
    The token's name.
    """
    owner: str
    """
    Owner: `system`, or the id of a staff user.
    """
    abilities: list[Ability]
    """
    What the token may do.
    """
    allowed_ip: NotRequired[str]
    """
    Where it may be used from: IP addresses or CIDR blocks with commas.
    """


class CreateExcluded(TypedDict):
    email: str
    """
    An e-mail address, or *@DOMAIN for all addresses of a domain.
    """


class CreateQueue(TypedDict):
    name: str
    """
    Its name, unique whatever the case.
    """
    outgoing_mailbox_id: NotRequired[int]
    """
    The id of the mailbox that its mail leaves from; null: the usual one.
    """
    track_resolutions: NotRequired[bool]
    """
    True: its tickets are closed under a resolution category.
    """
    is_parked: NotRequired[bool]
    """
    Kept; the bundled server parks no tickets.
    """
    release_queue_id: NotRequired[int]
    """
    The id of the queue that parked tickets go to; kept without effect.
    """
    content_type: NotRequired[str]
    """
    Any word; kept without effect.
    """


class CreateResolution(TypedDict):
    name: str
    """
    Its name, unique whatever the case.
    """
    colour: str
    """
    The colour that it is shown in, as #rrggbb.
    """
    selectable: NotRequired[bool]
    """
    False: kept for old tickets, offered for no new one.
    """


CitationSetItem: TypeAlias = str


class CreateSubject(TypedDict):
    subject: str
    """
    A subject of mail.
    """


UserId: TypeAlias = int


class CreateTeam(TypedDict):
    name: str
    """
    Team name; unique, ignoring case.
    """
    user_ids: NotRequired[list[UserId]]
    """
    Ids of the staff in the team.
    """


class CreateUser(TypedDict):
    name: str
    """
    The user's name.
    """
    email: str
    """
    The address of a customer turns the customer into a user.
    """
    is_staff: bool
    """
    Whether the user is staff.
    """
    is_admin: bool
    """
    Whether the user is an admin; admins are staff, too.
    """
    tonic_notifications: bool
    """
    Stored; the bundled server sends no such notifications.
    """
    is_superuser: NotRequired[bool]
    """
    Bundled server only; only a superuser can change it.
    """
    is_sysadmin: NotRequired[bool]
    """
    Bundled server only; only a sysadmin can change it.
    """
    is_api_user: NotRequired[bool]
    """
    Bundled server only: an API account, exempt from queue rights.
    """


class Created(TypedDict):
    ok: bool
    id: str


class CreatedApiToken(TypedDict):
    ok: bool
    id: str
    token: str
    """
    The token itself; shown only once.
    """


Token: TypeAlias = str


class Criterion(TypedDict):
    mode: Literal[
        "subject",
        "content",
        "subject_content",
        "assigned",
        "participant",
        "priority",
        "raised",
        "queue",
        "status",
        "watchlist",
        "hashtag",
        "ticket_number",
        "created_from",
        "created_to",
        "updated_from",
        "updated_to",
    ]
    """
    What is compared.
    """
    tokens: list[Token]
    """
    What is looked for. The text modes subject, content and subject_content find parts of the text, and all tokens must match; of every other mode one is enough. Days are YYYY-MM-DD in UTC, priority takes the word or the number, assigned an address, team:ID, team-and-members:ID or Unassigned.
    """
    match: NotRequired[Literal["all", "any"]]
    """
    Whether all tokens of a text mode must match, or any one of them.
    """


class DeleteAction(TypedDict):
    skill: str
    """
    The skill's key, or its id.
    """
    name: str
    """
    The action's name.
    """


class DeleteAttachment(TypedDict):
    ticket_number: NotRequired[int]
    """
    The ticket's number.
    """
    ticket_id: NotRequired[int]
    """
    The ticket's id, in place of its number.
    """
    response_attachment_id: int
    """
    The attachment's id, as its response has it.
    """
    reason: NotRequired[str]
    """
    Reason; stored with the response.
    """


class DeleteClosed(TypedDict):
    older_than_days: int
    """
    Days since the last change of a closed ticket.
    """


class DeleteResponse(TypedDict):
    response_id: int
    """
    The response's id.
    """


TicketNumber: TypeAlias = int


class DeleteTickets(TypedDict):
    """
    Tickets named by number, or all tickets of an originator.
    """

    ticket_numbers: NotRequired[list[TicketNumber]]
    """
    The tickets' numbers.
    """
    originator_email: NotRequired[str]
    """
    In place of numbers: every ticket of this originator.
    """
    queue: NotRequired[str]
    """
    The name of a queue, with originator_email: only its tickets.
    """
    dry_run: NotRequired[bool]
    """
    True: show what would be deleted and delete nothing.
    """


class Deleted(TypedDict):
    ok: bool
    deleted: int
    """
    Number of tickets.
    """


class Domain(TypedDict):
    default_domain: str
    served_ip: str
    domain: str
    status: Literal["none", "waiting_for_dns", "active"]


class Done(TypedDict):
    ok: bool


class EmailAccepted(TypedDict):
    email_id: str
    """
    Id in the outbox.
    """
    message_id: str
    """
    Message-ID header.
    """
    to_address: str
    mailbox: str
    """
    Sender address.
    """
    status: Literal["queued"]


class EmailAcceptedV1(TypedDict):
    email_id: str
    """
    Id in the outbox.
    """
    message_id: str
    """
    Message-ID header.
    """
    to_address: str
    mailbox: str
    """
    Sender address.
    """
    status: Literal["queued"]
    cc: list[str]
    """
    Cc recipients, without duplicates.
    """


class Escalation(TypedDict):
    id: str
    minutes: int
    action: str
    email: str
    repeat_minutes: int | None


EscalationAction: TypeAlias = Literal["notify", "email"]
"""
The action of a rule once a ticket has waited long enough.
"""


class Escalations(TypedDict):
    escalations: list[Escalation]
    business_hours: BusinessHours


class Excluded(TypedDict):
    id: str
    email: str


class FailedJob(TypedDict):
    id: str
    queue: str
    """
    mail or callbacks.
    """
    name: str
    attempts: int
    failed_at: str
    error: str | None


class FamilyAccess(TypedDict):
    read: bool
    """
    A route that reads is open.
    """
    write: bool
    """
    A route that writes is open.
    """
    missing: list[str]
    """
    Abilities, roles and plan features that routes of the family ask for and that are not there.
    """


class Faq(TypedDict):
    id: str
    category: str
    subcategory: str
    subject: str
    content: str
    """
    HTML; its images are data URIs.
    """
    ordinal: int
    updated_at: str


class Faqs(TypedDict):
    faqs: list[Faq]


class FieldShown(TypedDict):
    type: str
    name: str
    label: str


FieldType: TypeAlias = Literal["text", "textarea", "number", "checkbox"]
"""
The input of a field, which decides the type of its value.
"""


class FileRef(TypedDict):
    """
    Names one uploaded file, as tickets/attachment-upload has answered.
    """

    sha256: str
    """
    The SHA-256 of its bytes.
    """
    name: str
    """
    The name that the attachment gets; folders are cut off.
    """
    file_size: NotRequired[int]
    """
    Its size in bytes; a wrong one is an error.
    """


class FileUploaded(TypedDict):
    sha256: str
    """
    SHA-256 of the content; identifies the file.
    """
    name: str
    """
    File name without directories and control characters.
    """
    file_size: int
    """
    In bytes.
    """


class FindAttachment(TypedDict):
    ticket_number: NotRequired[int]
    """
    The ticket's number.
    """
    ticket_id: NotRequired[int]
    """
    The ticket's id, in place of its number.
    """
    response_attachment_id: int
    """
    The attachment's id, as its response has it.
    """
    intent: NotRequired[Literal["review_ok"]]
    """
    Confirms that you reviewed a file whose type requires it.
    """
    offset: NotRequired[int]
    """
    First byte of the part; 0 if omitted.
    """
    length: NotRequired[int]
    """
    Maximum length of the part in bytes.
    """


class FindIntervention(TypedDict):
    intervention_id: int
    """
    The intervention's id.
    """


class FindLinks(TypedDict):
    """
    The ticket whose links are listed.
    """

    ticket_number: NotRequired[int]
    """
    The ticket's number.
    """
    ticket_id: NotRequired[int]
    """
    The ticket's id, in place of its number.
    """


class FindMailbox(TypedDict):
    mailbox_id: int
    """
    The mailbox's id.
    """


class FindPerspective(TypedDict):
    perspective_id: int
    """
    The perspective's id.
    """


class FindQueue(TypedDict):
    queue_id: int
    """
    The queue's id.
    """


class FindRequest(TypedDict):
    request_id: str
    """
    The X-Request-Id.
    """


class FindSkill(TypedDict):
    skill: str
    """
    The skill's key, or its id.
    """


class FindTag(TypedDict):
    tag: str
    """
    The hashtag, with or without its #.
    """


class FindTeam(TypedDict):
    team_id: int
    """
    The team's id.
    """


class FindWatchlist(TypedDict):
    watchlist_id: int
    """
    The watchlist's id.
    """


class FlatCreate(TypedDict):
    originator_email_address: str
    """
    Requester's e-mail address; unknown customers are created.
    """
    subject: str
    """
    One line.
    """
    content: str
    """
    Body as HTML.
    """
    queue_name: NotRequired[str]
    """
    Queue name; Inbox if omitted.
    """
    is_public: NotRequired[bool]
    """
    False: the first response is an internal note.
    """


class FlatRespond(TypedDict):
    from_email: str
    """
    Author of the response; becomes a participant.
    """
    content: str
    """
    Body as HTML.
    """
    is_internal: NotRequired[bool]
    """
    True: internal note.
    """


class GenerateToken(TypedDict):
    intervention_id: int
    """
    The intervention's id.
    """
    remote_name: str
    """
    Receiver of the token.
    """


class GeneratedToken(TypedDict):
    token: str
    """
    Verifies the signatures of its callbacks (Standard Webhooks); shown once.
    """


QueueIdItem: TypeAlias = int


GroupedReport = TypedDict(
    "GroupedReport",
    {
        "date_from": NotRequired[str],
        "date_to": NotRequired[str],
        "from": NotRequired[str],
        "to": NotRequired[str],
        "queue_id": NotRequired[list[QueueIdItem]],
        "group_by": NotRequired[Literal["day", "week", "month"]],
    },
)


class Hashtag1(TypedDict):
    tag: str
    """
    Without the #.
    """
    count: int
    """
    Number of tickets.
    """


class HealthDisk(TypedDict):
    id: str
    root_path: str
    min_free_space: float
    warn_free_space: float


class HealthException(TypedDict):
    id: str
    pattern: str
    description: str


class HealthSettings(TypedDict):
    disks: list[HealthDisk]
    exceptions: list[HealthException]


HoursMode: TypeAlias = Literal["simple", "per_day", "always"]
"""
Which members count: the same hours for every day, hours for each day, or all hours.
"""


class ImageUploaded(TypedDict):
    cid: str
    """
    The reference, for src in the content.
    """
    img: str
    """
    A tag to insert into the content.
    """
    name: str
    mime_type: str
    """
    Detected from the content.
    """
    file_size: int
    """
    In bytes.
    """
    sha256: str


class Intervention(TypedDict):
    id: str
    name: str
    title: str
    queue_id: str
    queue_name: str
    notify_inbox_managers: bool
    create_urgent: bool
    remote_timeout_seconds: int
    remote_enabled: bool
    remote_epilog_url: str | None
    remote_name: str | None
    """
    Receiver of its token; null: no token yet.
    """
    remote_disabled_reason: str | None
    """
    Why webhooks are disabled until it is updated: the receiver answered 410.
    """
    fields: list[FieldShown]


class InterventionCreated(TypedDict):
    ok: bool
    intervention_id: str


class InterventionField(TypedDict):
    """
    A part of the form that staff see.
    """

    type: FieldType
    """
    Kind of input.
    """
    name: str
    """
    Field of the data that the input edits.
    """
    label: str
    """
    What staff read beside it; may have placeholders.
    """


class Interventions(TypedDict):
    interventions: list[Intervention]


class JobsChanged(TypedDict):
    ok: bool
    count: int
    """
    Number of changed jobs.
    """


class Link(TypedDict):
    path: str
    """
    Add it to the base URL of the server.
    """
    expires_in: int
    """
    Seconds.
    """


LinkedTicketNumber: TypeAlias = int


class LinkTickets(TypedDict):
    ticket_number: NotRequired[int]
    """
    The ticket's number.
    """
    ticket_id: NotRequired[int]
    """
    The ticket's id, in place of its number.
    """
    linked_ticket_numbers: list[LinkedTicketNumber]
    """
    The numbers of the tickets that it is linked to.
    """


class ListAudit(TypedDict):
    id: NotRequired[int]
    """
    What was done to this token, a pruned one too.
    """
    since: NotRequired[str]
    """
    A time or a day: nothing that happened before it.
    """
    limit: NotRequired[int]
    """
    The most rows of a page.
    """
    cursor: NotRequired[str]
    """
    The next_cursor of the page before this one.
    """


class ListPerspectives(TypedDict):
    scope: NotRequired[Literal["mine", "all"]]
    """
    mine: created by you; all: also the shared and built-in ones.
    """


class ListStaff(TypedDict):
    search: NotRequired[str]
    """
    Part of a name or address; all staff if omitted.
    """


class ListStockResponses(TypedDict):
    search: NotRequired[str]
    """
    Words that must all occur, ignoring case, in identifier, keywords, subject or content.
    """
    include_content: NotRequired[bool]
    """
    True: with content, is_enabled and ai_relevance.
    """


class Logo(TypedDict):
    name: str
    mime_type: str
    file_size: int
    sha256: str


class Mailbox(TypedDict):
    id: str
    name: str
    address: str
    from_name: str | None
    mailbox_type: str
    pop_enable: bool
    pop_host: str | None
    pop_port: int | None
    pop_encryption: str
    pop_validate_cert: bool
    max_consecutive_errors: int
    secondary_report_threshold: int
    outgoing_mailbox_type: str
    smtp_enable: bool
    smtp_host: str | None
    smtp_port: int | None
    smtp_user: str | None
    smtp_security: str
    gmail_connected: bool
    built_in: bool
    """
    True: mail stays in the outbox.
    """
    paused_until: str | None
    paused_reason: str | None
    """
    Why the mailbox currently sends nothing.
    """


class MailboxCreated(TypedDict):
    ok: bool
    mailbox_id: str


class MergeTickets(TypedDict):
    ticket_number: int
    """
    One ticket.
    """
    other_ticket_number: int
    """
    The other; the older of the two survives.
    """


class Message(TypedDict):
    headers: list[tuple[str, str]]
    body: str
    """
    The body as text, or as base64 if it is binary.
    """
    is_base64: bool
    size: int
    """
    Bytes of the body.
    """
    is_whole: bool
    """
    Whether all of the body was kept.
    """
    is_redacted: bool
    """
    Whether a secret was removed.
    """


class Mint(TypedDict):
    name: str
    """
    What it is for.
    """
    abilities: list[Ability]
    """
    What the token may do.
    """
    expires_at: NotRequired[str]
    """
    When it stops working: a day (its beginning in UTC) or a time with an offset.
    """
    user: NotRequired[str]
    """
    The staff user it acts for; the system user if left out.
    """
    allowed_ip: NotRequired[str]
    """
    Where it may be used from: IP addresses or CIDR blocks with commas.
    """


class MoveTickets(TypedDict):
    from_queue_id: int
    """
    The id of the queue to be emptied.
    """
    to_queue_id: int
    """
    The id of the queue that takes its tickets.
    """


JobId: TypeAlias = str


class NameJobs(TypedDict):
    job_ids: list[JobId]
    """
    Job ids; unknown ids are skipped.
    """


class NamedQueue(TypedDict):
    id: str
    name: str


class NextResponses(TypedDict):
    created_at: str
    id: int


class Order(TypedDict):
    field: str
    ascending: bool


class OrderBody(TypedDict):
    """
    A sort key of the perspective's tickets.
    """

    field: Literal[
        "ticket_number",
        "subject",
        "status",
        "priority",
        "queue",
        "assigned",
        "raised",
        "on_hold_until",
        "created_at",
        "updated_at",
    ]
    """
    Field to compare.
    """
    ascending: NotRequired[bool]
    """
    True: the smallest first.
    """


class OriginatorUpdated(TypedDict):
    ticket_number: int
    ticket_id: int
    originator_email: str
    response_id: int | None
    """
    The id of the record of the change; null where nothing has changed.
    """


class OrphansDeleted(TypedDict):
    ok: bool
    deleted: int
    """
    Number of files.
    """


class Owner(TypedDict):
    id: str
    name: str
    email: str
    is_system: bool
    """
    The built-in system user.
    """


class OwnerWithRoles(TypedDict):
    id: str
    name: str
    email: str
    is_system: bool
    """
    The built-in system user.
    """
    is_staff: bool
    is_admin: bool
    is_superuser: bool
    is_sysadmin: bool


class Person(TypedDict):
    id: str
    name: str | None
    """
    Null: no name.
    """
    email: str
    is_staff: bool


class PerspectiveCreated(TypedDict):
    perspective_id: str


QueueItem: TypeAlias = str


TicketNumberItem: TypeAlias = int
"""
The ticket's number.
"""


ResponseIdItem: TypeAlias = int


class Queue(TypedDict):
    id: str
    name: str
    ticket_count: int
    """
    Number of tickets in the queue.
    """
    outgoing_mailbox_id: str | None
    built_in: bool
    """
    True: it stays, under its name.
    """
    track_resolutions: bool
    is_parked: bool
    release_queue_id: str | None
    content_type: str | None


class QueueChoice(TypedDict):
    id: str
    name: str
    built_in: bool
    track_resolutions: bool
    """
    Whether closing requires a resolution.
    """
    is_parked: bool
    can_manage: bool
    """
    Whether you may change its tickets.
    """
    can_delete: bool
    """
    Whether you may delete its tickets.
    """


class QueueChoices(TypedDict):
    queues: list[QueueChoice]


class QueueCreated(TypedDict):
    ok: bool
    queue_id: str


class QueueRights(TypedDict):
    queue_id: str
    can_view: bool
    can_manage: bool
    can_delete: bool
    treat_as_inbox: bool
    receive_inbox_errors: bool


class QueuedJob(TypedDict):
    id: str
    queue: str
    """
    mail or callbacks.
    """
    name: str
    attempts: int
    created_at: str
    next_at: str


class Queues(TypedDict):
    queues: list[Queue]


class RecentMail(TypedDict):
    range_days: NotRequired[int]
    """
    Number of days back.
    """
    limit: NotRequired[int]
    """
    Maximum number of rows.
    """


RecordedChange = TypedDict(
    "RecordedChange",
    {
        "what": str,
        "from": Any,
        "to": Any,
        "by": str,
        "at": str,
        "sha256": NotRequired[str],
        "reason": NotRequired[str | None],
    },
)


class Recording(TypedDict):
    began_at: str
    http_version: str
    query: str
    request: Message
    reply: Message | None
    """
    null: no reply was sent.
    """


class RenderedTemplate(TypedDict):
    subject: str
    """
    Plain text, one line.
    """
    content: str
    """
    HTML.
    """


Id: TypeAlias = int


class ReorderResolutions(TypedDict):
    ids: list[Id]
    """
    The ids of all categories, in their new order.
    """


class Replacement(TypedDict):
    """
    A text in the stored HTML, and the text that it becomes. Neither is trimmed.
    """

    find: str
    """
    The text to find, such as Monday.
    """
    replace: NotRequired[str]
    """
    The text that takes its place; none if left out.
    """
    all: NotRequired[bool]
    """
    True: every occurrence. Otherwise there must be exactly one.
    """


Report = TypedDict(
    "Report",
    {
        "date_from": NotRequired[str],
        "date_to": NotRequired[str],
        "from": NotRequired[str],
        "to": NotRequired[str],
        "queue_id": NotRequired[list[QueueIdItem]],
    },
)


class ReportMeta(TypedDict):
    queues: list[NamedQueue]
    group_by: list[str]


class RequestIndex(TypedDict):
    limit: NotRequired[int]
    """
    The most rows of a page.
    """
    cursor: NotRequired[str]
    """
    The next_cursor of the page before this one.
    """
    since: NotRequired[str]
    """
    The request_id of the newest request you have seen.
    """
    method: NotRequired[str]
    """
    Only requests with this method.
    """
    path: NotRequired[str]
    """
    Only requests to this path. * stands for any characters.
    """
    status: NotRequired[str]
    """
    Only replies with this status, or a class of them such as 5xx.
    """
    token_id: NotRequired[int]
    """
    Only requests of this token.
    """
    code: NotRequired[str]
    """
    Only failures with this code.
    """
    key: NotRequired[str]
    """
    Only requests with this Idempotency-Key. * stands for any characters.
    """
    faulty: NotRequired[bool]
    """
    Only requests that a fault of test mode fired on.
    """
    with_recordings: NotRequired[bool]
    """
    Add the recorded headers and bodies of each request.
    """


class Resolution(TypedDict):
    id: str
    name: str
    colour: str
    position: int
    """
    Its place in the order.
    """
    selectable: bool


class ResolutionChoice(TypedDict):
    id: str
    name: str
    colour: str
    selectable: bool


class ResolutionChoices(TypedDict):
    resolutions: list[ResolutionChoice]


class ResolutionCount(TypedDict):
    resolution_id: str | None
    """
    Null: closed without a resolution.
    """
    name: str | None
    tickets: int


class ResolutionCounts(TypedDict):
    date_from: str
    """
    The first day.
    """
    date_to: str
    """
    The last day.
    """
    rows: list[ResolutionCount]


class Respond(TypedDict):
    ticket_number: int
    """
    The ticket's number.
    """
    from_email: str
    """
    Author of the response; becomes a participant.
    """
    content: NotRequired[str]
    """
    Body as HTML; may be omitted if status is given.
    """
    is_internal: NotRequired[bool]
    """
    True: internal note.
    """
    status: NotRequired[Literal["open", "on-hold"]]
    """
    New status; open if omitted.
    """
    on_hold_until: NotRequired[str]
    """
    Day on which a ticket on hold reopens, YYYY-MM-DD; required with status on-hold.
    """


AddParticipant: TypeAlias = str


RemoveParticipant: TypeAlias = str


class Response(TypedDict):
    """
    A response of a ticket. A request can leave html, plain_text and attachments out.
    """

    id: str
    is_internal: bool
    """
    Internal note.
    """
    is_pinned: bool
    """
    Pinned: shown before the others.
    """
    staff_response: bool
    """
    Whether staff wrote it.
    """
    created_by_email: str
    created_at: str
    updated_at: str
    is_email_sourced: bool
    """
    Received as e-mail.
    """
    body_chars: int
    """
    Length of the whole html.
    """
    audit: list[RecordedChange]
    """
    Changes of the ticket with this response.
    """
    is_audit_only: bool
    """
    Whether it only records changes.
    """
    html: NotRequired[str]
    """
    Unsanitised: sanitise it before you show it.
    """
    plain_text: NotRequired[str]
    attachments: NotRequired[list[Attachment]]
    html_truncated: NotRequired[bool]
    """
    True: cut by max_body_chars.
    """
    plain_text_truncated: NotRequired[bool]
    """
    True: cut by max_body_chars.
    """


class ResponseCount(TypedDict):
    count: int
    """
    Number of responses.
    """


class ResponseCursor(TypedDict):
    """
    The position at which the previous page ended.
    """

    created_at: str
    """
    Value from the reply, or YYYY-MM-DD HH:MM:SS in UTC.
    """
    id: int
    """
    Value from the reply.
    """


class ResponseDeleted(TypedDict):
    response_id: int
    ticket_number: int
    deleted: bool
    """
    Always true.
    """


class ResponseGroup(TypedDict):
    value: str | int | bool
    """
    A value of group_by.
    """
    count: int


class ResponseGroups(TypedDict):
    count: int
    """
    Total number of responses.
    """
    groups: list[ResponseGroup]


class ResponseRow(TypedDict):
    """
    A response, with the members that the request asks for. Its ids always come.
    """

    id: str
    response_id: str
    """
    The same as id.
    """
    ticket_number: NotRequired[int]
    is_internal: NotRequired[bool]
    """
    Internal note.
    """
    is_pinned: NotRequired[bool]
    """
    Pinned: shown before the others.
    """
    staff_response: NotRequired[bool]
    """
    Whether staff wrote it.
    """
    created_by_email: NotRequired[str]
    created_at: NotRequired[str]
    updated_at: NotRequired[str]
    is_email_sourced: NotRequired[bool]
    """
    Received as e-mail.
    """
    body_chars: NotRequired[int]
    """
    Length of the whole html.
    """
    audit: NotRequired[list[RecordedChange]]
    """
    Changes of the ticket with this response.
    """
    is_audit_only: NotRequired[bool]
    """
    Whether it only records changes.
    """
    deleted_at: NotRequired[str | None]
    """
    Only with include_deleted; null: not deleted.
    """
    html: NotRequired[str]
    """
    Unsanitised: sanitise it before you show it.
    """
    plain_text: NotRequired[str]
    attachments: NotRequired[list[Attachment]]


class ResponseTime(TypedDict):
    period: str
    """
    A day as 2026-05-01, a week as 2026-W18, a month as 2026-05. Only the days of the range count.
    """
    tickets: int
    """
    Tickets opened.
    """
    answered: int
    """
    Tickets with a public response by staff.
    """
    first_response_minutes_median: float | None
    """
    Null: no ticket was answered.
    """
    first_response_minutes_mean: float | None
    """
    Null: no ticket was answered.
    """


class ResponseTimes(TypedDict):
    date_from: str
    """
    The first day.
    """
    date_to: str
    """
    The last day.
    """
    group_by: str
    """
    Length of the periods.
    """
    rows: list[ResponseTime]


class ResponseUpdated(TypedDict):
    response: Response
    notified: bool
    """
    Whether a mail was sent to anybody.
    """


class Responses(TypedDict):
    ticket_number: int
    responses: list[Response]
    """
    Pinned first, then oldest first.
    """


class RestoreTicket(TypedDict):
    ticket_number: int
    """
    The ticket's number.
    """


class Retire(TypedDict):
    id: int
    """
    A token's id: the number before the bar.
    """
    if_idle: NotRequired[int]
    """
    Only if it has not been used for so many seconds.
    """


Id1: TypeAlias = int
"""
A token's id: the number before the bar.
"""


class Revoke(TypedDict):
    ids: list[Id1]
    """
    Their ids.
    """
    reinstate: NotRequired[bool]
    """
    Take the rotation back: what overlaps in their families works on as if it had not been rotated.
    """


class Rotate(TypedDict):
    id: int
    """
    A token's id: the number before the bar.
    """
    overlap_seconds: NotRequired[int]
    """
    How long the old token stays valid.
    """
    expires_at: NotRequired[str]
    """
    When the new token stops working: a day (its beginning in UTC) or a time with an offset. If left out, it lives as long as the old one was to live.
    """
    abilities: NotRequired[list[Ability]]
    """
    Abilities of the old token if omitted.
    """


class SearchMail(TypedDict):
    search: NotRequired[str]
    """
    Part of the address or subject, ignoring case; all mail if omitted.
    """
    q: NotRequired[str]
    """
    The same as search.
    """
    limit: NotRequired[int]
    """
    Maximum number of rows.
    """


class SearchMode(TypedDict):
    mode: str
    """
    Its name in a criterion.
    """
    matches: str
    """
    What a token is compared with.
    """
    match: str
    """
    all: every token of a criterion must match; any: one is enough.
    """


class SearchModes(TypedDict):
    available_modes: list[SearchMode]
    combining: str
    """
    How criteria go together.
    """


class SearchObject(TypedDict):
    """
    A perspective, narrowed by criteria.
    """

    search_perspective: NotRequired[str]
    """
    A perspective's name; All has every ticket.
    """
    search_perspective_id: NotRequired[int]
    """
    Or its id.
    """
    criteria: NotRequired[list[Criterion]]
    """
    Those of one mode are alternatives; different modes must all hold.
    """


class SearchTemplates(TypedDict):
    search: NotRequired[str]
    """
    Words that must all occur, ignoring case; quote phrases. All templates if omitted.
    """
    q: NotRequired[str]
    """
    The same as search.
    """
    mode: NotRequired[Literal["templates"]]
    """
    Templates of every type.
    """
    type: NotRequired[
        Literal["email", "notification", "intervention", "faq", "stock-response", "template"]
    ]
    """
    Only templates of this type.
    """


class SendContent(TypedDict):
    """
    An e-mail from a subject and content.
    """

    to_address: str
    """
    One e-mail address without a display name.
    """
    mailbox: NotRequired[str]
    """
    Name of the mailbox to send from; the default mailbox if omitted.
    """
    validate_address: NotRequired[bool]
    """
    True: also check the address against the strict syntax.
    """
    subject: str
    """
    One line.
    """
    content: str
    """
    Body as HTML.
    """


CcItem: TypeAlias = str
"""
One e-mail address without a display name.
"""


class SendContentV1(TypedDict):
    """
    An e-mail from a subject and content, to one or more recipients.
    """

    to_address: str
    """
    One e-mail address without a display name.
    """
    mailbox: NotRequired[str]
    """
    Name of the mailbox to send from; the default mailbox if omitted.
    """
    validate_address: NotRequired[bool]
    """
    True: also check the address against the strict syntax.
    """
    subject: str
    """
    One line.
    """
    content: str
    """
    Body as HTML.
    """
    cc: NotRequired[list[CcItem]]
    """
    Cc recipients; all recipients see these addresses.
    """


class SentMail(TypedDict):
    id: str
    to_address: str
    subject: str
    mailbox: str
    sent_at: str | None
    """
    null: not sent yet.
    """
    status: str


class SentMailShown(TypedDict):
    id: str
    to_address: str
    subject: str
    mailbox: str
    sent_at: str | None
    """
    null: not sent yet.
    """
    status: str
    cc: list[str]
    """
    Cc recipients; each got a mail with the same Message-ID.
    """
    text: str
    html: str


class SetPassword(TypedDict):
    mailbox_id: int
    """
    The mailbox's id.
    """
    field: Literal["smtp_password", "pop_password", "client_secret"]
    """
    Kind of secret.
    """
    value: str
    """
    The secret; never returned.
    """


class SetQueueRights(TypedDict):
    """
    Members that are left out keep their values; a new row of rights begins with false.
    """

    can_view: NotRequired[bool]
    """
    May view and answer its tickets.
    """
    can_manage: NotRequired[bool]
    """
    May change its tickets.
    """
    can_delete: NotRequired[bool]
    """
    May delete its tickets.
    """
    treat_as_inbox: NotRequired[bool]
    """
    Stored; no effect on the bundled server.
    """
    receive_inbox_errors: NotRequired[bool]
    """
    Stored; no effect on the bundled server.
    """


class SetRetention(TypedDict):
    sent_mail_retention_days: int
    """
    Days after which delivered mail is deleted.
    """


class Show(TypedDict):
    """
    One ticket, named by its number or by its id.
    """

    ticket_number: NotRequired[int]
    """
    The ticket's number.
    """
    ticket_id: NotRequired[int]
    """
    The ticket's id, in place of its number.
    """
    fields: NotRequired[list[Literal["html", "plain_text", "attachments"]]]
    """
    Which of these each response has; all of them if left out.
    """
    max_body_chars: NotRequired[int]
    """
    The most characters of html and of plain_text; what is longer is cut, and html_truncated or plain_text_truncated says so. The whole text if left out.
    """


class ShowPerspective(TypedDict):
    """
    Names one perspective: by its id or by its name.
    """

    perspective_id: NotRequired[int]
    """
    The perspective's id.
    """
    name: NotRequired[str]
    """
    Its name; your own perspective comes before a shared namesake.
    """


class ShowResponse(TypedDict):
    response_id: int
    """
    The response's id.
    """
    max_body_chars: NotRequired[int]
    """
    The most characters of html and of plain_text; what is longer is cut, and html_truncated or plain_text_truncated says so. The whole text if left out.
    """


class ShownToken(TypedDict):
    id: str
    name: str
    allowed_ip: str | None
    """
    Where it may be used from; null: from anywhere.
    """
    created_at: str
    last_used_at: str | None
    """
    As good as a minute.
    """
    expires_at: str | None


class SkillDeleted(TypedDict):
    deleted: bool


class SkillOptions(TypedDict):
    handlers: list[str]
    permissions: list[str]
    compositions: list[str]
    skill_fields: list[str]
    action_fields: list[str]


class SkillRow(TypedDict):
    id: str
    key: str
    title: str
    description: str
    triggers: str
    composition: str
    citation_set: list[str]
    enabled: bool
    reserved: bool
    """
    True: cannot be deleted.
    """
    ordinal: int
    parent_key: str | None
    action_count: int


class Skills(TypedDict):
    skills: list[SkillRow]


ResponseId: TypeAlias = int


class SplitTicket(TypedDict):
    """
    Responses of one ticket, and the subject of the new one.
    """

    response_ids: list[ResponseId]
    """
    The responses' ids, in the order in which they are put on the ticket.
    """
    subject: str
    """
    The new ticket's subject.
    """
    queue: NotRequired[str]
    """
    The name of its queue; that of the first ticket if left out.
    """
    copy: NotRequired[bool]
    """
    True: the responses stay on the first ticket as well.
    """


class StaffChoice(TypedDict):
    id: str
    name: str | None
    email: str
    team_keys: list[str]
    """
    The teams of this person.
    """


class StaffChoices(TypedDict):
    staff: list[StaffChoice]


Status: TypeAlias = Literal["active", "overlap", "expired", "revoked"]


class StoreDisk(TypedDict):
    """
    An `id`, or the same path, changes what is there.
    """

    id: NotRequired[int]
    """
    The disk's id, to change its path.
    """
    root_path: str
    """
    A directory on the disk.
    """
    min_free_space: float
    """
    Below this, in GiB, the health is critical.
    """
    warn_free_space: float
    """
    Below this, in GiB, the health is a warning.
    """


class StoreException(TypedDict):
    """
    An `id`, or the same pattern, changes what is there.
    """

    id: NotRequired[int]
    """
    The exception's id, to change its pattern.
    """
    pattern: str
    """
    Pattern for a failed job's name or error; * matches anything.
    """
    description: str
    """
    Why such jobs are ignored.
    """


class Subject(TypedDict):
    id: str
    subject: str


class SuperTask(TypedDict):
    id: str
    name: str
    schedule: str
    enabled: bool
    last_run_at: str | None
    """
    null: it has not run since the server started.
    """
    next_run_at: str | None
    """
    null: it has no fixed time, or has not run yet.
    """


class System(TypedDict):
    permissions_model: str
    max_attachment_mb: int
    notification_mode: str
    max_responses_in_mail: int
    sent_mail_retention_days: int


class TeamCreated(TypedDict):
    ok: bool
    team_id: str


class TeamMember(TypedDict):
    id: str
    name: str | None
    email: str


TemplateType: TypeAlias = Literal["email", "notification", "intervention", "faq"]
"""
The purpose of a template.
"""


class TicketContent(TypedDict):
    """
    The text and the queue of a new ticket.
    """

    subject: str
    """
    One line.
    """
    content: str
    """
    Body as HTML.
    """
    queue_name: NotRequired[str]
    """
    Queue name; Inbox if omitted.
    """


class TicketCreated(TypedDict):
    ticket_number: int
    """
    Ticket number; rising, may have gaps.
    """
    ticket_id: int
    """
    The ticket's id.
    """
    secure_id: str
    """
    32 random characters, for links.
    """


class TicketCreatedV1(TypedDict):
    ticket_number: int
    """
    Ticket number; rising, may have gaps.
    """
    ticket_id: int
    """
    The ticket's id.
    """
    secure_id: str
    """
    32 random characters, for links.
    """
    queue: str
    """
    Queue name.
    """
    tag_warnings: NotRequired[list[str]]
    """
    Unknown @names and #hashtags.
    """
    ignored_params: NotRequired[list[str]]
    """
    Unknown fields of the request.
    """


class TicketResponded(TypedDict):
    ticket_id: int
    """
    The ticket's id.
    """
    response_id: int | None
    """
    Id of the new response or of the record of changes; null: nothing changed.
    """
    reopened: bool
    """
    Whether this reopened the ticket.
    """


class TicketRespondedV1(TypedDict):
    ticket_id: int
    """
    The ticket's id.
    """
    response_id: int | None
    """
    Id of the new response or of the record of changes; null: nothing changed.
    """
    reopened: bool
    """
    Whether this reopened the ticket.
    """
    ignored_params: NotRequired[list[str]]
    """
    Unknown fields of the request.
    """


class TicketResponse(TypedDict):
    """
    A response, and the ticket that it is on.
    """

    id: str
    is_internal: bool
    """
    Internal note.
    """
    is_pinned: bool
    """
    Pinned: shown before the others.
    """
    staff_response: bool
    """
    Whether staff wrote it.
    """
    created_by_email: str
    created_at: str
    updated_at: str
    is_email_sourced: bool
    """
    Received as e-mail.
    """
    body_chars: int
    """
    Length of the whole html.
    """
    audit: list[RecordedChange]
    """
    Changes of the ticket with this response.
    """
    is_audit_only: bool
    """
    Whether it only records changes.
    """
    html: NotRequired[str]
    """
    Unsanitised: sanitise it before you show it.
    """
    plain_text: NotRequired[str]
    attachments: NotRequired[list[Attachment]]
    html_truncated: NotRequired[bool]
    """
    True: cut by max_body_chars.
    """
    plain_text_truncated: NotRequired[bool]
    """
    True: cut by max_body_chars.
    """
    ticket_id: str
    ticket_number: int


class TicketRestored(TypedDict):
    ticket_number: int
    ticket_id: int
    restored: bool
    """
    False: the ticket was not deleted.
    """
    responses: int
    """
    The number of responses that came back with it.
    """


class TicketsMerged(TypedDict):
    ticket_number: int
    """
    The survivor's number.
    """
    ticket_id: int
    """
    The survivor's id.
    """
    merged_ticket_number: int
    """
    The number of the deleted ticket.
    """
    responses: int
    """
    The number of responses that the survivor got.
    """
    participants: int
    """
    The number of participants that the survivor got.
    """
    reopened: bool
    """
    Whether this opened a survivor on hold.
    """


class Token1(TypedDict):
    id: int
    name: str
    abilities: list[str]
    family: int
    """
    The first token it was rotated from; owns its keys.
    """
    status: Status
    created_at: str
    last_used_at: str | None
    """
    As good as a minute.
    """
    expires_at: str | None
    overlap_until: str | None
    """
    Until when a rotated token works on.
    """
    allowed_ip: str | None
    """
    Where it may be used from; null: from anywhere.
    """
    user: str | None
    """
    Staff user the token acts for; null: the system user.
    """


class Tokens(TypedDict):
    tokens: list[Token1]


class TransferResponses(TypedDict):
    response_ids: list[ResponseId]
    """
    The responses' ids, in the order in which they are put on the ticket.
    """
    target_ticket_number: int
    """
    The number of the ticket that gets them.
    """


class TransferredResponse(TypedDict):
    from_response_id: int
    response_id: int
    """
    The id of its copy.
    """


class UnlinkTicket(TypedDict):
    ticket_number: NotRequired[int]
    """
    The ticket's number.
    """
    ticket_id: NotRequired[int]
    """
    The ticket's id, in place of its number.
    """
    linked_ticket_number: int
    """
    The number of the ticket that it is linked to no longer.
    """


class UpdateAssistant(TypedDict):
    """
    Members that are left out keep their values; an empty text clears a text.
    """

    current_password: str
    """
    Required by the vendor; not checked by the bundled server.
    """
    ai_enabled: NotRequired[bool]
    """
    Stored; the bundled server has no assistant.
    """
    ai_auto_draft_inbound: NotRequired[bool]
    """
    Stored; the bundled server has no assistant.
    """
    ai_suggest_after_staff_reply: NotRequired[bool]
    """
    Stored; the bundled server has no assistant.
    """
    ai_auto_send: NotRequired[bool]
    """
    Stored; the bundled server has no assistant.
    """
    ai_auto_send_threshold: NotRequired[int]
    """
    Stored; the bundled server has no assistant.
    """
    ai_model: NotRequired[str | None]
    """
    Stored; the bundled server has no assistant.
    """
    ai_persona: NotRequired[str | None]
    """
    Stored; the bundled server has no assistant.
    """
    ai_business_context: NotRequired[str | None]
    """
    Stored; the bundled server has no assistant.
    """
    ai_signature: NotRequired[str | None]
    """
    Stored; the bundled server has no assistant.
    """
    ai_auto_signature: NotRequired[str | None]
    """
    Stored; the bundled server has no assistant.
    """
    ai_api_key: NotRequired[str]
    """
    Stored; never returned.
    """
    ai_api_key_clear: NotRequired[bool]
    """
    Delete the stored key.
    """


class UpdateBranding(TypedDict):
    """
    Members that are left out keep their values; null or "" removes the footer.
    """

    product_name: NotRequired[str]
    """
    The name of the helpdesk.
    """
    primary_colour: NotRequired[str]
    """
    The colour of buttons and links.
    """
    footer: NotRequired[str | None]
    """
    Footer of pages and mails.
    """


class UpdateBusinessHours(TypedDict):
    """
    Members that are left out keep their values.
    """

    mode: NotRequired[HoursMode]
    """
    simple: the same hours on every enabled day; per_day; always.
    """
    mon_enabled: NotRequired[bool]
    """
    Whether the day is worked.
    """
    tue_enabled: NotRequired[bool]
    """
    Whether the day is worked.
    """
    wed_enabled: NotRequired[bool]
    """
    Whether the day is worked.
    """
    thu_enabled: NotRequired[bool]
    """
    Whether the day is worked.
    """
    fri_enabled: NotRequired[bool]
    """
    Whether the day is worked.
    """
    sat_enabled: NotRequired[bool]
    """
    Whether the day is worked.
    """
    sun_enabled: NotRequired[bool]
    """
    Whether the day is worked.
    """
    simple_start: NotRequired[int]
    """
    Minutes after midnight.
    """
    simple_end: NotRequired[int]
    """
    Minutes after midnight.
    """
    mon_start: NotRequired[int]
    """
    Minutes after midnight.
    """
    mon_end: NotRequired[int]
    """
    Minutes after midnight.
    """
    tue_start: NotRequired[int]
    """
    Minutes after midnight.
    """
    tue_end: NotRequired[int]
    """
    Minutes after midnight.
    """
    wed_start: NotRequired[int]
    """
    Minutes after midnight.
    """
    wed_end: NotRequired[int]
    """
    Minutes after midnight.
    """
    thu_start: NotRequired[int]
    """
    Minutes after midnight.
    """
    thu_end: NotRequired[int]
    """
    Minutes after midnight.
    """
    fri_start: NotRequired[int]
    """
    Minutes after midnight.
    """
    fri_end: NotRequired[int]
    """
    Minutes after midnight.
    """
    sat_start: NotRequired[int]
    """
    Minutes after midnight.
    """
    sat_end: NotRequired[int]
    """
    Minutes after midnight.
    """
    sun_start: NotRequired[int]
    """
    Minutes after midnight.
    """
    sun_end: NotRequired[int]
    """
    Minutes after midnight.
    """


class UpdateDomain(TypedDict):
    current_password: str
    """
    Required by the vendor; not checked by the bundled server.
    """
    domain: str | None
    """
    Your own host name; "" removes it.
    """


class UpdateEscalation(TypedDict):
    """
    Members that are left out keep their values; an empty `email` is the assignee, an empty
    `repeat_minutes` once.
    """

    id: int
    """
    The rule's id.
    """
    minutes: NotRequired[int]
    """
    How long a ticket waits, in minutes of the business hours.
    """
    action: NotRequired[EscalationAction]
    """
    What is done then; kept.
    """
    email: NotRequired[str | None]
    """
    Who is told: an address, or assignee.
    """
    repeat_minutes: NotRequired[int | None]
    """
    Minutes until it is done again; null: once.
    """


class UpdateIntervention(TypedDict):
    """
    Members that are left out keep their values; null or "" removes the epilog URL.
    """

    intervention_id: int
    """
    The intervention's id.
    """
    name: NotRequired[str]
    """
    Its unique name: what create_ticket and its templates are called after.
    """
    title: NotRequired[str]
    """
    What its tickets are about where the template has no subject.
    """
    queue_name: NotRequired[str]
    """
    Queue of its tickets.
    """
    notify_inbox_managers: NotRequired[bool]
    """
    Stored; the bundled server sends no notifications.
    """
    create_urgent: NotRequired[bool]
    """
    True: its tickets are of priority 40.
    """
    remote_timeout_seconds: NotRequired[int]
    """
    Timeout of a webhook in seconds, at most 10.
    """
    remote_enabled: NotRequired[bool]
    """
    Whether decisions are called back.
    """
    remote_epilog_url: NotRequired[str | None]
    """
    Where decisions are POSTed.
    """
    fields: NotRequired[list[InterventionField]]
    """
    The form, in its order.
    """


class UpdateOriginator(TypedDict):
    ticket_number: NotRequired[int]
    """
    The ticket's number.
    """
    ticket_id: NotRequired[int]
    """
    The ticket's id, in place of its number.
    """
    originator_email: str
    """
    The new originator's address; an unknown customer is created.
    """


class UpdateQueue(TypedDict):
    """
    Members that are left out keep their values; null or "" removes an id or the content
    type.
    """

    queue_id: int
    """
    The queue's id.
    """
    name: NotRequired[str]
    """
    Its name, unique whatever the case.
    """
    outgoing_mailbox_id: NotRequired[int | None]
    """
    The id of the mailbox that its mail leaves from; null: the usual one.
    """
    track_resolutions: NotRequired[bool]
    """
    True: its tickets are closed under a resolution category.
    """
    is_parked: NotRequired[bool]
    """
    Kept; the bundled server parks no tickets.
    """
    release_queue_id: NotRequired[int | None]
    """
    The id of the queue that parked tickets go to; kept without effect.
    """
    content_type: NotRequired[str | None]
    """
    Any word; kept without effect.
    """


class UpdateResolution(TypedDict):
    """
    Members that are left out keep their values.
    """

    id: int
    """
    The category's id.
    """
    name: NotRequired[str]
    """
    Its name, unique whatever the case.
    """
    colour: NotRequired[str]
    """
    The colour that it is shown in, as #rrggbb.
    """
    selectable: NotRequired[bool]
    """
    False: kept for old tickets, offered for no new one.
    """


class UpdateResponse(TypedDict):
    """
    A new body, or replacements in the body, or another visibility, or two of them.
    """

    response_id: int
    """
    The response's id.
    """
    content: NotRequired[str]
    """
    What it says from now on, as HTML.
    """
    replace: NotRequired[list[Replacement]]
    """
    In place of content: replacements in its stored HTML, in this order.
    """
    is_internal: NotRequired[bool]
    """
    True: for staff only from now on; false: published.
    """
    notify: NotRequired[bool]
    """
    True: what is published here is mailed to the participants who are not staff.
    """


class UpdateSystem(TypedDict):
    """
    Members that are left out keep their values.
    """

    permissions_model: NotRequired[Literal["permissive", "restrictive"]]
    """
    Rights of staff in a new queue: all, or none until granted.
    """
    max_attachment_mb: NotRequired[int]
    """
    The largest upload in MiB; 25 MiB is the limit above it.
    """
    notification_mode: NotRequired[Literal["full", "link"]]
    """
    Stored: whether a mail contains the text or a link.
    """
    max_responses_in_mail: NotRequired[int]
    """
    Stored: number of earlier responses that a mail quotes.
    """
    sent_mail_retention_days: NotRequired[int]
    """
    Days after which delivered mail is deleted.
    """


class UpdateTeam(TypedDict):
    """
    Members that are left out keep their values.
    """

    team_id: int
    """
    The team's id.
    """
    name: NotRequired[str]
    """
    Team name; unique, ignoring case.
    """
    user_ids: NotRequired[list[UserId]]
    """
    Ids of the staff in the team.
    """


class UpdateUser(TypedDict):
    is_staff: bool
    """
    Whether the user is staff.
    """
    is_admin: bool
    """
    Whether the user is an admin; admins are staff, too.
    """
    tonic_notifications: bool
    """
    Stored; the bundled server sends no such notifications.
    """
    is_superuser: NotRequired[bool]
    """
    Bundled server only; only a superuser can change it.
    """
    is_sysadmin: NotRequired[bool]
    """
    Bundled server only; only a sysadmin can change it.
    """
    is_api_user: NotRequired[bool]
    """
    Bundled server only: an API account, exempt from queue rights.
    """


class UploadFile(TypedDict):
    """
    A body that is a file alone.
    """

    file: FileOrPath
    """
    The file, with its name.
    """


class UploadImage(TypedDict):
    template_id: int
    """
    The id of the text that the image is for.
    """
    file: FileOrPath
    """
    The file, with its name.
    """


class User(TypedDict):
    id: str
    name: str
    email: str
    is_staff: bool
    is_admin: bool
    is_superuser: bool
    """
    Bundled server only.
    """
    is_sysadmin: bool
    """
    Bundled server only.
    """
    tonic_notifications: bool
    is_api_user: bool
    """
    Bundled server only.
    """
    queues: list[QueueRights]
    """
    Rights of the user, by queue.
    """


class Users(TypedDict):
    users: list[User]


View: TypeAlias = Literal["tickets", "outbox", "requests", "callbacks", "tokens", "faults"]
"""
A view of the page, by the part of its path below ROOT.
"""


class Volume(TypedDict):
    period: str
    """
    A day as 2026-05-01, a week as 2026-W18, a month as 2026-05. Only the days of the range count.
    """
    created: int
    """
    Tickets opened.
    """
    closed: int
    """
    Tickets closed and not reopened since.
    """
    responses: int
    """
    All responses, including internal notes.
    """


class Volumes(TypedDict):
    date_from: str
    """
    The first day.
    """
    date_to: str
    """
    The last day.
    """
    group_by: str
    """
    Length of the periods.
    """
    rows: list[Volume]


class Watchlist(TypedDict):
    id: str
    name: str
    icon: str
    description: str
    display_mode: str
    shared: bool
    owner: str
    """
    Creator.
    """
    ticket_ids: list[str]
    """
    Ids of tickets, in order.
    """


class WatchlistCreated(TypedDict):
    ok: bool
    watchlist_id: str


TicketId: TypeAlias = int


class WatchlistTickets(TypedDict):
    watchlist_id: int
    """
    The watchlist's id.
    """
    ticket_ids: list[TicketId]
    """
    Ids of tickets, not their numbers.
    """


class Watchlists(TypedDict):
    watchlists: list[Watchlist]
    colours: list[str]
    """
    Icons to choose from.
    """


CallbackState: TypeAlias = Literal["queued", "claimed", "retry", "sent", "failed", "dead"]


Composition: TypeAlias = Literal["vetted", "guided", "open"]


DeliveryState: TypeAlias = Literal[
    "queued", "claimed", "retry", "uncertain", "sent", "failed", "dead"
]


DisplayMode: TypeAlias = Literal["list", "card"]


FoundType: TypeAlias = Literal["email", "notification", "intervention", "faq", "stock-response"]


HealthStatus: TypeAlias = Literal["ok", "warning", "critical"]


KeyAction: TypeAlias = Literal["create_ticket", "ticket_respond", "send_email", "render_template"]


MailboxType: TypeAlias = Literal["imap", "office365", "gmail", "ttmail"]


Operator: TypeAlias = Literal["is", "is not", "contains"]


PopEncryption: TypeAlias = Literal["none", "ssl", "tls"]


Priority: TypeAlias = Literal[10, 20, 30, 40]


PriorityDigits: TypeAlias = Literal["10", "20", "30", "40"]


Relevance: TypeAlias = Literal["as_is", "compose", "reference", "exclude"]


SmtpSecurity: TypeAlias = Literal["none", "starttls", "tls"]


TicketOrder: TypeAlias = Literal["activity", "number"]


TicketStatus: TypeAlias = Literal["open", "on-hold", "closed"]


Features: TypeAlias = dict[str, bool]


class Values(TypedDict):
    pass


class EditToken(TypedDict):
    """
    Members that are left out keep their values.
    """

    id: int
    """
    A token's id: the number before the bar.
    """
    name: NotRequired[str]
    """
    Its new name.
    """
    abilities: NotRequired[list[Ability]]
    """
    What the token may do.
    """
    allowed_ip: NotRequired[str | None]
    """
    Where it may be used from: IP addresses or CIDR blocks with commas; null: from anywhere.
    """


class FindById(TypedDict):
    id: int
    """
    The id that the list shows.
    """


class FindDelivery(TypedDict):
    id: str
    """
    The id of the delivery: a mail's email_id or number, a callback's webhook-id.
    """


class FindTemplate(TypedDict):
    template_id: int
    """
    The text's id.
    """


class Accept(TypedDict):
    """
    Names one ticket: by number, by id, or by an intervention's name and the request's uid.
    """

    ticket_id: NotRequired[int]
    """
    The ticket's id, in place of its number.
    """
    intervention: NotRequired[str]
    """
    The name of the intervention, with the uid in place of the number.
    """
    uid: NotRequired[str]
    """
    The id under which the other system asked.
    """
    data: NotRequired[Values]
    """
    Edited values by field; the others stay.
    """
    content: NotRequired[str]
    """
    An answer to the customer that goes with it, as HTML.
    """
    ticket_number: NotRequired[int]
    """
    The ticket's number.
    """


class Acted(TypedDict):
    """
    The ticket as it is now.
    """

    ticket_id: int
    ticket_number: int
    status: TicketStatus
    priority: Priority
    """
    10 low, 20 normal, 30 high, 40 urgent.
    """
    assigned_to_email: str | None
    on_hold_until: str | None
    """
    Day on which the ticket reopens.
    """
    hashtags: list[str]
    watchlists: list[int]
    """
    Ids of the watchlists visible to you that contain the ticket.
    """


class Action(TypedDict):
    name: str
    description: str
    parameters: Values
    handler_type: str
    handler_ref: str
    permission: str
    requires_confirmation: bool
    enabled: bool
    ordinal: int
    timeout_ms: int | None
    prefetch: bool
    prefetch_params: Values


class ActionBody(TypedDict):
    """
    An action of a skill. A new one needs a description, handler_type, handler_ref, permission.

    Members left out stay as they are.
    """

    name: str
    """
    A lower-case identifier, unique in its skill.
    """
    description: NotRequired[str]
    """
    What the action does.
    """
    parameters: NotRequired[Values]
    """
    The JSON Schema of its parameters.
    """
    handler_type: NotRequired[Literal["local", "remote"]]
    """
    Where it runs.
    """
    handler_ref: NotRequired[str]
    """
    A local handler that axial/skills/options names, or a remote one.
    """
    permission: NotRequired[Literal["staff", "participant", "system"]]
    """
    Who may use the action.
    """
    requires_confirmation: NotRequired[bool]
    """
    Whether a person must approve each run.
    """
    enabled: NotRequired[bool]
    """
    False: disabled.
    """
    ordinal: NotRequired[int]
    """
    Sort order in the skill.
    """
    timeout_ms: NotRequired[int]
    """
    For remote handlers only.
    """
    prefetch: NotRequired[bool]
    """
    Whether the action runs before the assistant writes.
    """
    prefetch_params: NotRequired[Values]
    """
    Parameters of that run.
    """


class AgentActivities(TypedDict):
    date_from: str
    """
    The first day.
    """
    date_to: str
    """
    The last day.
    """
    rows: list[AgentActivity]


class ApiToken(TypedDict):
    id: str
    name: str
    owner: Owner
    abilities: list[str]
    allowed_ip: str | None
    """
    Addresses it may be used from; null: any.
    """
    created_at: str
    last_used_at: str | None
    """
    With one-minute resolution.
    """
    expires_at: str | None


class ApiTokens(TypedDict):
    tokens: list[ApiToken]
    grantable_abilities: list[str]
    """
    Abilities you may grant: those of your token, with `read` for `write`.
    """


class AuditEntry(TypedDict):
    id: int
    occurred_at: str
    action: Literal["mint", "rotate", "retire", "revoke", "prune", "update"]
    token_id: int
    """
    The token it was done to.
    """
    token_name: str
    actor_token_id: int | None
    """
    The token that did it; null: the server, at its start.
    """
    actor_name: str
    request_id: str | None
    details: Values
    """
    Details: abilities, expires_at, user, successor, ...
    """


class Branding(TypedDict):
    product_name: str
    primary_colour: str
    footer: str
    app_logo: Logo | None
    email_logo: Logo | None


class Callback(TypedDict):
    id: str
    """
    The webhook-id of each attempt.
    """
    intervention: str
    uid: str
    ticket_number: int | None
    """
    null: it was triggered without a ticket.
    """
    url: str
    state: CallbackState
    """
    dead: all attempts failed; failed: not retried.
    """
    attempts: int
    """
    How often it was tried.
    """
    next_at: str | None
    """
    When it is tried again, if it is.
    """
    last_code: int | None
    """
    The status of the last reply.
    """
    last_error: str | None
    created_at: str
    delivered_at: str | None


class CallbackShown(TypedDict):
    id: str
    """
    The webhook-id of each attempt.
    """
    intervention: str
    uid: str
    ticket_number: int | None
    """
    null: it was triggered without a ticket.
    """
    url: str
    state: CallbackState
    """
    dead: all attempts failed; failed: not retried.
    """
    attempts: int
    """
    How often it was tried.
    """
    next_at: str | None
    """
    When it is tried again, if it is.
    """
    last_code: int | None
    """
    The status of the last reply.
    """
    last_error: str | None
    created_at: str
    delivered_at: str | None
    history: list[CallbackAttempt]
    """
    The last 20 attempts, oldest first.
    """
    body: str
    """
    Every byte that is sent and signed, JSON.
    """


class Callbacks(TypedDict):
    total: NotRequired[int]
    """
    How many rows all pages have, at most 10000; absent where counting is slow.
    """
    total_is_exact: NotRequired[bool]
    """
    False: there are more than total.
    """
    callbacks: list[Callback]
    next_cursor: str | None
    """
    Where the next page begins; null: no more.
    """


class CloseTicket(TypedDict):
    ticket_number: NotRequired[int]
    """
    The ticket's number.
    """
    ticket_id: NotRequired[int]
    """
    The ticket's id, in place of its number.
    """
    from_email: NotRequired[str]
    """
    Who closes the ticket; the token's owner if omitted.
    """
    content: NotRequired[str]
    """
    Body as HTML.
    """
    is_internal: NotRequired[bool]
    """
    True: internal note.
    """
    resolved: NotRequired[str]
    """
    A resolution category's id or name.
    """
    queue: NotRequired[str]
    """
    The queue to move the ticket to.
    """
    subject: NotRequired[str]
    """
    New subject.
    """
    attachments: NotRequired[list[FileRef]]
    """
    Uploaded files that come with the text.
    """


class Condition(TypedDict):
    field: str
    operator: Operator
    value: str


class ConditionBody(TypedDict):
    """
    A condition that the tickets of the perspective meet.
    """

    field: Literal[
        "subject",
        "content",
        "status",
        "priority",
        "queue",
        "assigned",
        "raised",
        "participant",
        "hashtag",
        "watchlist",
        "ticket_number",
    ]
    """
    Field to compare.
    """
    operator: Operator
    """
    is and is not compare the whole value, contains a part of it, all of them without case.
    """
    value: str
    """
    Value to compare with; `nobody` with assigned means unassigned.
    """


class CreateEscalation(TypedDict):
    minutes: int
    """
    How long a ticket waits, in minutes of the business hours.
    """
    action: EscalationAction
    """
    What is done then; kept.
    """
    email: NotRequired[str]
    """
    Who is told: an address, or assignee.
    """
    repeat_minutes: NotRequired[int]
    """
    Minutes until it is done again; null: once.
    """


class CreateFromTemplate(TypedDict):
    """
    A ticket from a template and the values of its placeholders.
    """

    originator_email_address: str
    """
    Requester's e-mail address; unknown customers are created.
    """
    is_public: NotRequired[bool]
    """
    False: the first response is an internal note.
    """
    use_passed_originator_as_responder: NotRequired[bool]
    """
    True: show the requester as author of the first response.
    """
    template_identifier: str
    """
    The template's identifier.
    """
    data: Values
    """
    The values of the placeholders.
    """
    queue_name: NotRequired[str]
    """
    Queue name; Inbox if omitted.
    """


class CreateFromTemplateV1(TypedDict):
    """
    A ticket from a template and the values of its placeholders.

    An attribute of a ticket in data counts where the template has no placeholder of its name.
    """

    originator_email_address: str
    """
    Requester's e-mail address; unknown customers are created.
    """
    is_public: NotRequired[bool]
    """
    False: the first response is an internal note.
    """
    use_passed_originator_as_responder: NotRequired[bool]
    """
    True: show the requester as author of the first response.
    """
    template_identifier: str
    """
    The template's identifier.
    """
    data: Values
    """
    The values of the placeholders.
    """
    queue_name: NotRequired[str]
    """
    Queue name; Inbox if omitted.
    """
    participants: NotRequired[list[Participant]]
    """
    Participants beside the requester; unknown customers are created.
    """
    strict_tags: NotRequired[bool]
    """
    True: an unknown @name or #hashtag is an error. Otherwise tag_warnings names them.
    """
    attachments: NotRequired[list[FileRef]]
    """
    Uploaded files that come with the text.
    """


class CreateIntervention(TypedDict):
    name: str
    """
    Its unique name: what create_ticket and its templates are called after.
    """
    title: str
    """
    What its tickets are about where the template has no subject.
    """
    queue_name: str
    """
    Queue of its tickets.
    """
    notify_inbox_managers: NotRequired[bool]
    """
    Stored; the bundled server sends no notifications.
    """
    create_urgent: NotRequired[bool]
    """
    True: its tickets are of priority 40.
    """
    remote_timeout_seconds: NotRequired[int]
    """
    Timeout of a webhook in seconds, at most 10.
    """
    remote_enabled: NotRequired[bool]
    """
    Whether decisions are called back.
    """
    remote_epilog_url: NotRequired[str]
    """
    Where decisions are POSTed.
    """
    fields: NotRequired[list[InterventionField]]
    """
    The form, in its order.
    """


class CreateMailbox(TypedDict):
    from_name: NotRequired[str]
    """
    Display name beside the address.
    """
    mailbox_type: NotRequired[MailboxType]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    pop_enable: NotRequired[bool]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    pop_host: NotRequired[str]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    pop_port: NotRequired[int]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    pop_encryption: NotRequired[PopEncryption]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    pop_validate_cert: NotRequired[bool]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    max_consecutive_errors: NotRequired[int]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    secondary_report_threshold: NotRequired[int]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    outgoing_mailbox_type: NotRequired[str]
    """
    How mail is sent.
    """
    smtp_enable: NotRequired[bool]
    """
    Whether the mailbox sends mail.
    """
    smtp_host: NotRequired[str]
    """
    The SMTP server.
    """
    smtp_port: NotRequired[int]
    """
    Port of the SMTP server.
    """
    smtp_user: NotRequired[str]
    """
    SMTP user name.
    """
    smtp_security: NotRequired[SmtpSecurity]
    """
    STARTTLS, TLS from the start, or no encryption.
    """
    name: str
    """
    Its unique name.
    """
    address: str
    """
    Sender address of its mail.
    """


class CreatePerspective(TypedDict):
    name: str
    """
    Its name.
    """
    shared: bool
    """
    True: visible to all staff; false: only to you.
    """
    description: NotRequired[str]
    """
    Description.
    """
    show_in_crm: NotRequired[bool]
    """
    Whether the vendor's CRM shows it.
    """
    display_mode: NotRequired[DisplayMode]
    """
    How the web interface shows its tickets.
    """
    conditions: NotRequired[list[ConditionBody]]
    """
    `is` and `contains` conditions on one field are alternatives; all others must hold.
    """
    orders: NotRequired[list[OrderBody]]
    """
    Sort order, most significant first; by default newest activity first.
    """


class CreateSkill(TypedDict):
    key: str
    """
    Its unique name.
    """
    title: str
    """
    One line.
    """
    description: str
    """
    Purpose of the skill.
    """
    instructions: str
    """
    Markdown; an update replaces the whole text.
    """
    triggers: NotRequired[str]
    """
    When the assistant uses the skill.
    """
    composition: NotRequired[Composition]
    """
    How freely the assistant may write.
    """
    citation_set: NotRequired[list[CitationSetItem]]
    """
    Identifiers of stock responses that the skill may cite.
    """
    enabled: NotRequired[bool]
    """
    False: disabled.
    """
    ordinal: NotRequired[int]
    """
    Sort order, lowest first.
    """
    parent_key: NotRequired[str]
    """
    Key of the parent skill.
    """
    actions: NotRequired[list[ActionBody]]
    """
    Its actions.
    """


class CreateStockResponse(TypedDict):
    identifier: str
    """
    Its unique name.
    """
    category: str
    """
    For grouping.
    """
    subcategory: NotRequired[str]
    """
    For grouping.
    """
    subject: NotRequired[str]
    """
    One line.
    """
    keywords: NotRequired[str]
    """
    Search keywords, separated by commas or lines.
    """
    content: NotRequired[str]
    """
    HTML. Images in data URIs become files of the stock response.
    """
    is_enabled: NotRequired[bool]
    """
    Whether it is offered to staff.
    """
    notes: NotRequired[str]
    """
    For staff.
    """
    ai_relevance: NotRequired[Relevance]
    """
    How the vendor's assistant may use it; only an admin may set this. This server keeps it.
    """


class CreateTemplate(TypedDict):
    type: TemplateType
    """
    Type; `template` is an alias of `email`.
    """
    identifier: NotRequired[str]
    """
    Its unique name. An FAQ gets one from the server, and keeps it.
    """
    category: NotRequired[str]
    """
    For grouping.
    """
    subcategory: NotRequired[str]
    """
    For grouping.
    """
    subject: NotRequired[str]
    """
    With placeholders such as {{name}}.
    """
    content: NotRequired[str]
    """
    HTML with placeholders; their values are escaped. Images in data URIs become files of the template.
    """
    description: NotRequired[str]
    """
    Description.
    """
    legend: NotRequired[str]
    """
    Description of the placeholders.
    """
    keywords: NotRequired[str]
    """
    Search keywords.
    """
    is_enabled: NotRequired[bool]
    """
    False: disabled; it renders and sends nothing.
    """
    ordinal: NotRequired[int]
    """
    Sort order of the FAQs, lowest first.
    """


class CreateWatchlist(TypedDict):
    name: str
    """
    Its name.
    """
    icon: str
    """
    Name of an icon.
    """
    shared: bool
    """
    True: visible and editable for all staff; false: only for you.
    """
    description: NotRequired[str]
    """
    Description.
    """
    display_mode: NotRequired[DisplayMode]
    """
    How the web interface shows its tickets.
    """


class CreateWithContent(TypedDict):
    """
    A ticket from a subject and content.
    """

    originator_email_address: str
    """
    Requester's e-mail address; unknown customers are created.
    """
    is_public: NotRequired[bool]
    """
    False: the first response is an internal note.
    """
    use_passed_originator_as_responder: NotRequired[bool]
    """
    True: show the requester as author of the first response.
    """
    data: TicketContent
    queue_name: NotRequired[str]
    """
    The same as data.queue_name; send one of them.
    """


class CreatedUser(TypedDict):
    users: list[User]
    user_id: str
    """
    Id of the new user.
    """


class DataBag(TypedDict):
    """
    The data that a person decides on.
    """

    data: NotRequired[Values]
    """
    The values of the placeholders and of the form.
    """


class DataBagV1(TypedDict):
    """
    The data that a person decides on.
    """

    data: NotRequired[Values]
    """
    The values of the placeholders and of the form.
    """
    assigned_to_email: NotRequired[str]
    """
    Assignee: staff e-mail address or team:ID.
    """
    priority: NotRequired[Priority]
    """
    10 low, 20 normal, 30 high, 40 urgent.
    """
    status: NotRequired[TicketStatus]
    """
    Status; open if omitted.
    """
    on_hold_until: NotRequired[str]
    """
    Day on which the ticket reopens, YYYY-MM-DD; without status it puts the ticket on hold.
    """


class Decide(TypedDict):
    ticket_number: int
    """
    The ticket.
    """
    data: NotRequired[Values]
    """
    Edited values by field; the others stay.
    """
    content: NotRequired[str]
    """
    An answer to the customer that goes with it, as HTML.
    """


class Decided(TypedDict):
    ticket_id: int
    ticket_number: int
    intervention: str
    uid: str
    response_id: int
    """
    The answer that went with it; without one, the private response.
    """
    data: Values
    callback_id: str | None
    """
    Its callback; null: the intervention makes none.
    """


class DeletedTicket(TypedDict):
    id: str
    number: int
    subject: str
    status: TicketStatus
    queue_name: str
    originator_email: str


class Delivery(TypedDict):
    id: str
    to: str
    mailbox: str | None
    subject: str | None
    message_id: str | None
    """
    Its Message-ID header.
    """
    state: DeliveryState
    attempts: int
    """
    Number of attempts.
    """
    next_at: str | None
    """
    Time of the next attempt; null: none.
    """
    last_error: str | None
    created_at: str


class DeliveryShown(TypedDict):
    id: str
    to: str
    mailbox: str | None
    subject: str | None
    message_id: str | None
    """
    Its Message-ID header.
    """
    state: DeliveryState
    attempts: int
    """
    Number of attempts.
    """
    next_at: str | None
    """
    Time of the next attempt; null: none.
    """
    last_error: str | None
    created_at: str
    sent_at: str | None
    text: str
    html: str
    mime: str
    """
    The raw message, as it is sent.
    """


class DiagnosticOptions(TypedDict):
    options: Features
    """
    What is recorded.
    """


class HealthCheck(TypedDict):
    name: str
    status: HealthStatus
    message: str


class InstallHealth(TypedDict):
    status: HealthStatus
    """
    The worst of the checks.
    """
    checks: list[HealthCheck]


class Jobs(TypedDict):
    queued: list[QueuedJob]
    """
    At most 1,000, the oldest first.
    """
    failed: list[FailedJob]
    """
    At most 1,000, the newest first.
    """


class Licence(TypedDict):
    plan: str
    features: Features
    """
    The features of the plan.
    """
    staff_limit: int | None
    """
    Null: none.
    """
    expires_at: str | None
    """
    Null: never.
    """


class LinkedTicket(TypedDict):
    """
    A ticket that another one is linked to.
    """

    id: str
    number: int
    subject: str
    status: TicketStatus
    is_clone: bool
    """
    Whether the link comes from a split; such a link cannot be removed.
    """


class Links(TypedDict):
    ticket_number: int
    linked_tickets: list[LinkedTicket]
    """
    What it is linked to now, by number.
    """


class ListCallbacks(TypedDict):
    limit: NotRequired[int]
    """
    The most rows of a page.
    """
    cursor: NotRequired[int]
    """
    The next_cursor of the page before this one.
    """
    state: NotRequired[CallbackState]
    """
    Only webhooks in this state.
    """
    intervention: NotRequired[str]
    """
    Only webhooks of this intervention.
    """
    ticket_number: NotRequired[int]
    """
    Only that of this ticket.
    """


class ListDeliveries(TypedDict):
    limit: NotRequired[int]
    """
    The most rows of a page.
    """
    cursor: NotRequired[int]
    """
    The next_cursor of the page before this one.
    """
    to: NotRequired[str]
    """
    Only mail to this address, ignoring case.
    """
    subject: NotRequired[str]
    """
    Only mail with this text in the subject, ignoring case.
    """
    state: NotRequired[DeliveryState]
    """
    Only deliveries in this state.
    """


class ListTickets(TypedDict):
    perspective_id: NotRequired[int]
    """
    A perspective's id; 1 is All, which has every ticket.
    """
    search_object: NotRequired[SearchObject]
    """
    What to look for; every ticket if left out.
    """
    order: NotRequired[TicketOrder]
    """
    Newest activity first, or by rising number, which misses nothing; the perspective's own order if left out, else newest activity first.
    """
    cursor: NotRequired[str]
    """
    The next_cursor of the page before this one.
    """
    limit: NotRequired[int]
    """
    The most rows of a page.
    """


class ListTokens(TypedDict):
    expiring_within: NotRequired[int]
    """
    Only tokens that expire within this many seconds.
    """
    unused_for: NotRequired[int]
    """
    Only those not used for so many seconds.
    """
    status: NotRequired[Status]
    """
    Only tokens with this status.
    """


class ListedRequest(TypedDict):
    answered_at: str
    method: str
    path: str
    status: int
    milliseconds: float
    token_id: int | None
    """
    Whose token it carried.
    """
    code: str | None
    """
    The code of a failure.
    """
    key_hint: str | None
    """
    How its Idempotency-Key begins.
    """
    request_id: str
    fault: str | None
    """
    The fault of test mode that fired.
    """
    recording: NotRequired[Recording | None]
    """
    With with_recordings; null: it was not recorded.
    """


class Mailboxes(TypedDict):
    mailboxes: list[Mailbox]
    queues: list[NamedQueue]


class MakeLink(TypedDict):
    view: NotRequired[View]
    """
    The view that the link opens.
    """


class MintKey(TypedDict):
    action: NotRequired[KeyAction]
    """
    The one operation that the key is good for.
    """


class MintedKey(TypedDict):
    idempotency_key: str
    action: KeyAction | None
    """
    The one operation that the key is good for.
    """
    expires_at: str
    """
    Until when the key may be used first.
    """


class MintedToken(TypedDict):
    id: int
    name: str
    abilities: list[str]
    family: int
    """
    The first token it was rotated from; owns its keys.
    """
    status: Status
    created_at: str
    last_used_at: str | None
    """
    As good as a minute.
    """
    expires_at: str | None
    overlap_until: str | None
    """
    Until when a rotated token works on.
    """
    allowed_ip: str | None
    """
    Where it may be used from; null: from anywhere.
    """
    user: str | None
    """
    Staff user the token acts for; null: the system user.
    """
    token: str
    """
    The token itself, shown this one time.
    """


class OwnRights(TypedDict):
    token: ShownToken
    abilities: list[str]
    owner: OwnerWithRoles
    plan: Features
    """
    The features of the plan.
    """
    families: dict[str, FamilyAccess]
    """
    What is open, by the family of v1 routes.
    """


class OwnToken(TypedDict):
    id: int
    name: str
    abilities: list[str]
    family: int
    """
    The first token it was rotated from; owns its keys.
    """
    status: Status
    created_at: str
    last_used_at: str | None
    """
    As good as a minute.
    """
    expires_at: str | None
    overlap_until: str | None
    """
    Until when a rotated token works on.
    """
    allowed_ip: str | None
    """
    Where it may be used from; null: from anywhere.
    """
    user: str | None
    """
    Staff user the token acts for; null: the system user.
    """
    family_tokens: list[int]
    """
    Every token of its family: keys are kept for all.
    """


class ParticipantsChanged(TypedDict):
    ticket_id: int
    """
    The ticket's id.
    """
    response_id: int | None
    """
    Id of the new response or of the record of changes; null: nothing changed.
    """
    reopened: bool
    """
    Whether this reopened the ticket.
    """
    ignored_params: NotRequired[list[str]]
    """
    Unknown fields of the request.
    """
    participants: list[Person]
    """
    Participants after the change.
    """


class Perspective(TypedDict):
    id: str
    name: str
    description: str
    shared: bool
    owner: str | None
    """
    Creator; null: built in.
    """
    built_in: bool
    """
    True: cannot be changed.
    """
    display_mode: str
    show_in_crm: bool
    conditions: list[Condition]
    orders: list[Order]


class PerspectiveShown(TypedDict):
    perspective: Perspective


class Perspectives(TypedDict):
    perspectives: list[Perspective]


class QueryResponses(TypedDict):
    """
    Filters of responses, all of which must hold.
    """

    created_from: NotRequired[str]
    """
    Created at or after this day or second, UTC.
    """
    created_to: NotRequired[str]
    """
    Created at or before this day or second, UTC.
    """
    is_internal: NotRequired[bool]
    """
    Internal notes or public responses; both if omitted.
    """
    staff_response: NotRequired[bool]
    """
    By staff or by others; both if omitted.
    """
    has_attachments: NotRequired[bool]
    """
    With or without attachments; both if omitted.
    """
    is_empty: NotRequired[bool]
    """
    Without or with text; both if omitted.
    """
    queue: NotRequired[list[QueueItem]]
    """
    Names; one of them is enough.
    """
    queue_id: NotRequired[list[QueueIdItem]]
    """
    Ids; one of them is enough.
    """
    ticket_number: NotRequired[list[TicketNumberItem]]
    """
    One of them is enough.
    """
    response_id: NotRequired[list[ResponseIdItem]]
    """
    One of them is enough.
    """
    created_by_email: NotRequired[str]
    """
    Author's e-mail address; all authors if omitted.
    """
    include_deleted: NotRequired[bool]
    """
    Whether to include deleted responses and responses of deleted tickets; rows then have deleted_at.
    """
    fields: NotRequired[
        list[
            Literal[
                "html",
                "plain_text",
                "attachments",
                "id",
                "response_id",
                "ticket_number",
                "is_internal",
                "is_pinned",
                "staff_response",
                "created_by_email",
                "created_at",
                "updated_at",
                "is_email_sourced",
                "body_chars",
                "audit",
                "is_audit_only",
                "deleted_at",
            ]
        ]
    ]
    """
    Fields of the rows. html, plain_text and attachments add to the fields that every row has; if another field is named, a row has exactly the named fields and its ids. All fields if omitted.
    """
    metadata_only: NotRequired[bool]
    """
    Omit html, plain_text and attachments.
    """
    count_only: NotRequired[bool]
    """
    Return only the number of responses.
    """
    group_by: NotRequired[
        Literal[
            "ticket_number", "created_by_email", "queue", "is_internal", "staff_response", "day"
        ]
    ]
    """
    Return the number of responses per value; days in UTC.
    """
    limit: NotRequired[int]
    """
    Maximum rows per page; fewer if rows are large.
    """
    cursor: NotRequired[ResponseCursor]
    """
    The next_cursor of the previous page.
    """


class QueryTickets(TypedDict):
    perspective_id: NotRequired[int]
    """
    A perspective's id; 1 is All, which has every ticket.
    """
    search_object: NotRequired[SearchObject]
    """
    What to look for; every ticket if left out.
    """
    order: NotRequired[TicketOrder]
    """
    Newest activity first, or by rising number, which misses nothing; the perspective's own order if left out, else newest activity first.
    """
    cursor: NotRequired[str]
    """
    The next_cursor of the page before this one.
    """
    row_limit: NotRequired[int]
    """
    The most rows of a page; 100 if left out.
    """
    limit: NotRequired[int]
    """
    Another name of row_limit.
    """


class RenderTemplate(TypedDict):
    template_identifier: str
    """
    The template's identifier.
    """
    data: NotRequired[Values]
    """
    The values of the placeholders.
    """


class RenderTemplateV1(TypedDict):
    template_identifier: str
    """
    The template's identifier.
    """
    data: NotRequired[Values]
    """
    The values of the placeholders.
    """
    type: NotRequired[TemplateType]
    """
    Type; `template` is an alias of `email`.
    """


class Requests(TypedDict):
    requests: list[ListedRequest]
    next_cursor: str | None
    """
    Where the next page begins; null: no more.
    """


class RespondV1(TypedDict):
    """
    An answer, changes of attributes and participants, or both.
    """

    ticket_number: NotRequired[int]
    """
    The ticket's number.
    """
    ticket_id: NotRequired[int]
    """
    The ticket's id, in place of its number.
    """
    from_email: str
    """
    Author of the response; becomes a participant.
    """
    content: NotRequired[str]
    """
    Body as HTML; may be omitted if anything is changed.
    """
    is_internal: NotRequired[bool]
    """
    True: internal note.
    """
    status: NotRequired[TicketStatus]
    """
    New status; overrides the automatic reopening.
    """
    on_hold_until: NotRequired[str]
    """
    Day on which a ticket on hold reopens, YYYY-MM-DD; without status it puts the ticket on hold.
    """
    keep_status: NotRequired[bool]
    """
    True: a public response does not reopen the ticket.
    """
    send_full_email: NotRequired[bool]
    """
    True: the response is mailed to the participants who are not staff.
    """
    assigned_to_email: NotRequired[str]
    """
    Assignee: staff e-mail address, team:ID or Unassigned.
    """
    priority: NotRequired[Literal["low", "normal", "high", "urgent"]]
    """
    New priority, as a word or number.
    """
    resolved: NotRequired[str]
    """
    A resolution category's id or name.
    """
    queue: NotRequired[str]
    """
    The queue to move the ticket to.
    """
    subject: NotRequired[str]
    """
    New subject.
    """
    add_participants: NotRequired[list[AddParticipant]]
    """
    Participants to add.
    """
    remove_participants: NotRequired[list[RemoveParticipant]]
    """
    Participants to remove; never the requester.
    """
    attachments: NotRequired[list[FileRef]]
    """
    Uploaded files that come with the text.
    """


class ResponsePage(TypedDict):
    responses: list[ResponseRow]
    next_cursor: NextResponses | None
    """
    Cursor of the next page; null: last page.
    """


class ResponseShown(TypedDict):
    response: TicketResponse


class SendTemplate(TypedDict):
    """
    An e-mail from a template and the values of its placeholders.
    """

    to_address: str
    """
    One e-mail address without a display name.
    """
    mailbox: NotRequired[str]
    """
    Name of the mailbox to send from; the default mailbox if omitted.
    """
    validate_address: NotRequired[bool]
    """
    True: also check the address against the strict syntax.
    """
    template_identifier: str
    """
    The template's identifier.
    """
    data: NotRequired[Values]
    """
    The values of the placeholders.
    """


class SendTemplateV1(TypedDict):
    """
    An e-mail from a template and the values of its placeholders, to one or more recipients.
    """

    to_address: str
    """
    One e-mail address without a display name.
    """
    mailbox: NotRequired[str]
    """
    Name of the mailbox to send from; the default mailbox if omitted.
    """
    validate_address: NotRequired[bool]
    """
    True: also check the address against the strict syntax.
    """
    template_identifier: str
    """
    The template's identifier.
    """
    data: NotRequired[Values]
    """
    The values of the placeholders.
    """
    cc: NotRequired[list[CcItem]]
    """
    Cc recipients; all recipients see these addresses.
    """


class Skill(TypedDict):
    id: str
    key: str
    title: str
    description: str
    triggers: str
    composition: str
    citation_set: list[str]
    enabled: bool
    reserved: bool
    """
    True: cannot be deleted.
    """
    ordinal: int
    parent_key: str | None
    instructions: str
    actions: list[Action]


class SkillShown(TypedDict):
    skill: Skill


class StockResponse(TypedDict):
    id: str
    identifier: str
    title: str
    """
    The identifier again.
    """
    category: str
    subcategory: str
    subject: str
    keywords: str
    use_count: int
    notes: str
    updated_at: str
    is_enabled: NotRequired[bool]
    ai_relevance: NotRequired[Relevance]
    content: NotRequired[str]


class StockResponseChanges(TypedDict):
    """
    New members of a stock response; those left out stay as they are, an empty text is empty.
    """

    id: int
    """
    The stock response's id.
    """
    identifier: NotRequired[str]
    """
    Its unique name.
    """
    category: NotRequired[str]
    """
    For grouping.
    """
    subcategory: NotRequired[str]
    """
    For grouping.
    """
    subject: NotRequired[str]
    """
    One line.
    """
    keywords: NotRequired[str]
    """
    Search keywords, separated by commas or lines.
    """
    content: NotRequired[str]
    """
    HTML. Images in data URIs become files of the stock response.
    """
    is_enabled: NotRequired[bool]
    """
    Whether it is offered to staff.
    """
    notes: NotRequired[str]
    """
    For staff.
    """
    ai_relevance: NotRequired[Relevance]
    """
    How the vendor's assistant may use it; only an admin may set this. This server keeps it.
    """


class StockResponseShown(TypedDict):
    template: StockResponse


class SuperTasks(TypedDict):
    tasks: list[SuperTask]
    settings: Values
    """
    Empty.
    """
    templates: list[Any]
    """
    Empty.
    """


class TeamChoice(TypedDict):
    id: str
    name: str
    members: list[TeamMember]
    key: str
    """
    Key to assign tickets to the team, and to find them.
    """
    members_key: str
    """
    Key to find tickets of the team or of its staff.
    """


class TeamChoices(TypedDict):
    teams: list[TeamChoice]


class Template(TypedDict):
    id: str
    identifier: str
    type: FoundType
    category: str
    subcategory: str
    subject: str
    is_enabled: bool
    """
    False: disabled; it renders and sends nothing.
    """
    description: str
    legend: str
    keywords: str
    ordinal: int
    updated_at: str
    content: str


class TemplateChanges(TypedDict):
    """
    A template's new members; those left out stay as they are, an empty text is empty.
    """

    id: int
    """
    The template's id.
    """
    type: NotRequired[TemplateType]
    """
    Type; `template` is an alias of `email`.
    """
    identifier: NotRequired[str]
    """
    Its unique name. An FAQ gets one from the server, and keeps it.
    """
    category: NotRequired[str]
    """
    For grouping.
    """
    subcategory: NotRequired[str]
    """
    For grouping.
    """
    subject: NotRequired[str]
    """
    With placeholders such as {{name}}.
    """
    content: NotRequired[str]
    """
    HTML with placeholders; their values are escaped. Images in data URIs become files of the template.
    """
    description: NotRequired[str]
    """
    Description.
    """
    legend: NotRequired[str]
    """
    Description of the placeholders.
    """
    keywords: NotRequired[str]
    """
    Search keywords.
    """
    is_enabled: NotRequired[bool]
    """
    False: disabled; it renders and sends nothing.
    """
    ordinal: NotRequired[int]
    """
    Sort order of the FAQs, lowest first.
    """


class TemplateRow(TypedDict):
    id: str
    identifier: str
    type: FoundType
    category: str
    subcategory: str
    subject: str
    is_enabled: bool
    """
    False: disabled; it renders and sends nothing.
    """
    description: str
    legend: str
    keywords: str
    ordinal: int
    updated_at: str


class TemplateShown(TypedDict):
    template: Template


class Ticket(TypedDict):
    id: str
    number: int
    subject: str
    status: TicketStatus
    priority: PriorityDigits
    """
    10 low, 20 normal, 30 high, 40 urgent.
    """
    queue_id: str
    queue_name: str
    originator_email: str
    originator_name: str | None
    assigned_to_email: str | None
    """
    Assignee: e-mail address or team:<id>; null: unassigned.
    """
    resolved: str | None
    """
    Id of the resolution; null: none.
    """
    hashtags: list[str]
    on_hold_until: str | None
    """
    Day on which the ticket reopens.
    """
    created_at: str
    updated_at: str


class TicketContentV1(TypedDict):
    """
    The text and the queue of a new ticket.
    """

    subject: str
    """
    One line.
    """
    content: str
    """
    Body as HTML.
    """
    queue_name: NotRequired[str]
    """
    Queue name; Inbox if omitted.
    """
    assigned_to_email: NotRequired[str]
    """
    Assignee: staff e-mail address or team:ID.
    """
    priority: NotRequired[Priority]
    """
    10 low, 20 normal, 30 high, 40 urgent.
    """
    status: NotRequired[TicketStatus]
    """
    Status; open if omitted.
    """
    on_hold_until: NotRequired[str]
    """
    Day on which the ticket reopens, YYYY-MM-DD; without status it puts the ticket on hold.
    """


class TicketRow(TypedDict):
    number: int
    subject: str
    status: TicketStatus
    queue_name: str
    originator_email: str
    assigned_to_email: str | None
    """
    Assignee: e-mail address or team:<id>; null: unassigned.
    """
    on_hold_until: str | None
    """
    The day on which it opens again.
    """
    created_at: str
    updated_at: str
    response_count: int
    id: int
    priority: Priority
    """
    10 low, 20 normal, 30 high, 40 urgent.
    """
    queue_id: int


class TicketRowV1(TypedDict):
    number: int
    subject: str
    status: TicketStatus
    queue_name: str
    originator_email: str
    assigned_to_email: str | None
    """
    Assignee: e-mail address or team:<id>; null: unassigned.
    """
    on_hold_until: str | None
    """
    The day on which it opens again.
    """
    created_at: str
    updated_at: str
    response_count: int
    id: str
    priority: PriorityDigits
    """
    10 low, 20 normal, 30 high, 40 urgent.
    """
    queue_id: str


class TicketRows(TypedDict):
    data: list[TicketRowV1]
    next_cursor: str | None
    """
    Where the next page begins; null: no more.
    """
    total: int
    """
    How many tickets all pages have, as the first page counted; at most 10000.
    """
    total_is_exact: bool
    """
    False: there are more than total.
    """


class TicketShown(TypedDict):
    ticket: Ticket
    participants: list[Person]
    """
    The requester and all participants.
    """
    linked_tickets: list[LinkedTicket]
    responses: list[Response]
    """
    Pinned first, then oldest first.
    """


class TicketSplit(TypedDict):
    ticket_number: int
    """
    The new ticket's number.
    """
    ticket_id: int
    """
    Its id.
    """
    secure_id: str
    """
    32 random characters, for links.
    """
    queue: str
    """
    The name of its queue.
    """
    source_ticket_number: int
    responses: list[TransferredResponse]


class TicketsDeleted(TypedDict):
    dry_run: bool
    count: int
    """
    The number of tickets.
    """
    tickets: list[DeletedTicket]
    """
    The tickets that were deleted, or that a dry run would delete.
    """


class Transferred(TypedDict):
    target_ticket_number: int
    responses: list[TransferredResponse]


class TriggerCallback(TypedDict):
    intervention: str
    """
    Name of the intervention.
    """
    data: NotRequired[Values]
    """
    Values of its form fields; the others get sample values.
    """
    url: NotRequired[str]
    """
    Address to send to, if not that of the intervention.
    """
    uid: NotRequired[str]
    """
    The uid in the webhook.
    """


class UpdateMailbox(TypedDict):
    """
    Members that are left out keep their values; null or "" removes a name, a host, a port or a
    user.
    """

    from_name: NotRequired[str | None]
    """
    Display name beside the address.
    """
    mailbox_type: NotRequired[MailboxType]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    pop_enable: NotRequired[bool]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    pop_host: NotRequired[str | None]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    pop_port: NotRequired[int | None]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    pop_encryption: NotRequired[PopEncryption]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    pop_validate_cert: NotRequired[bool]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    max_consecutive_errors: NotRequired[int]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    secondary_report_threshold: NotRequired[int]
    """
    For fetching mail; stored, but the bundled server fetches none.
    """
    outgoing_mailbox_type: NotRequired[str]
    """
    How mail is sent.
    """
    smtp_enable: NotRequired[bool]
    """
    Whether the mailbox sends mail.
    """
    smtp_host: NotRequired[str | None]
    """
    The SMTP server.
    """
    smtp_port: NotRequired[int | None]
    """
    Port of the SMTP server.
    """
    smtp_user: NotRequired[str | None]
    """
    SMTP user name.
    """
    smtp_security: NotRequired[SmtpSecurity]
    """
    STARTTLS, TLS from the start, or no encryption.
    """
    mailbox_id: int
    """
    The mailbox's id.
    """
    name: NotRequired[str]
    """
    Its unique name.
    """
    address: NotRequired[str]
    """
    Sender address of its mail.
    """


class UpdatePerspective(TypedDict):
    """
    Members that are left out keep their values; an empty description or array removes the
    value.
    """

    perspective_id: int
    """
    The perspective's id.
    """
    name: NotRequired[str]
    """
    Its name.
    """
    shared: NotRequired[bool]
    """
    True: visible to all staff; false: only to you.
    """
    description: NotRequired[str]
    """
    Description.
    """
    show_in_crm: NotRequired[bool]
    """
    Whether the vendor's CRM shows it.
    """
    display_mode: NotRequired[DisplayMode]
    """
    How the web interface shows its tickets.
    """
    conditions: NotRequired[list[ConditionBody]]
    """
    `is` and `contains` conditions on one field are alternatives; all others must hold.
    """
    orders: NotRequired[list[OrderBody]]
    """
    Sort order, most significant first; by default newest activity first.
    """


class UpdateSkill(TypedDict):
    """
    Members that are left out keep their values; null or "" removes the parent, "" the
    triggers.
    """

    skill: str
    """
    The skill's key, or its id.
    """
    key: NotRequired[str]
    """
    Its unique name.
    """
    title: NotRequired[str]
    """
    One line.
    """
    description: NotRequired[str]
    """
    Purpose of the skill.
    """
    instructions: NotRequired[str]
    """
    Markdown; an update replaces the whole text.
    """
    triggers: NotRequired[str | None]
    """
    When the assistant uses the skill.
    """
    composition: NotRequired[Composition]
    """
    How freely the assistant may write.
    """
    citation_set: NotRequired[list[CitationSetItem]]
    """
    Identifiers of stock responses that the skill may cite.
    """
    enabled: NotRequired[bool]
    """
    False: disabled.
    """
    ordinal: NotRequired[int]
    """
    Sort order, lowest first.
    """
    parent_key: NotRequired[str | None]
    """
    Key of the parent skill.
    """


class UpdateStockResponse(TypedDict):
    template: StockResponseChanges
    """
    The fields to change.
    """


class UpdateTemplate(TypedDict):
    template: TemplateChanges
    """
    The fields to change.
    """


class UpdateWatchlist(TypedDict):
    """
    Members that are left out keep their values; an empty description removes the value.
    """

    watchlist_id: int
    """
    The watchlist's id.
    """
    name: NotRequired[str]
    """
    Its name.
    """
    icon: NotRequired[str]
    """
    Name of an icon.
    """
    shared: NotRequired[bool]
    """
    True: visible and editable for all staff; false: only for you.
    """
    description: NotRequired[str]
    """
    Description.
    """
    display_mode: NotRequired[DisplayMode]
    """
    How the web interface shows its tickets.
    """


class UpsertAction(TypedDict):
    skill: str
    """
    The skill's key, or its id.
    """
    action: ActionBody
    """
    The action, known by its name.
    """


class Audit(TypedDict):
    audit: list[AuditEntry]
    next_cursor: str | None
    """
    Where the next page begins; null: no more.
    """


class CreateFromIntervention(TypedDict):
    """
    A ticket for an intervention, whose queue it comes to.
    """

    originator_email_address: str
    """
    Requester's e-mail address; unknown customers are created.
    """
    is_public: NotRequired[bool]
    """
    False: the first response is an internal note.
    """
    use_passed_originator_as_responder: NotRequired[bool]
    """
    True: show the requester as author of the first response.
    """
    intervention: str
    """
    The intervention's name.
    """
    uid: str
    """
    The record's id in your system, unique per intervention.
    """
    data: DataBag
    """
    The data object; its field data contains the values.
    """


class CreateFromInterventionV1(TypedDict):
    """
    A ticket for an intervention, whose queue it comes to.
    """

    originator_email_address: str
    """
    Requester's e-mail address; unknown customers are created.
    """
    is_public: NotRequired[bool]
    """
    False: the first response is an internal note.
    """
    use_passed_originator_as_responder: NotRequired[bool]
    """
    True: show the requester as author of the first response.
    """
    intervention: str
    """
    The intervention's name.
    """
    uid: str
    """
    The record's id in your system, unique per intervention.
    """
    data: DataBagV1
    """
    The data object; its field data contains the values.
    """
    participants: NotRequired[list[Participant]]
    """
    Participants beside the requester; unknown customers are created.
    """
    strict_tags: NotRequired[bool]
    """
    True: an unknown @name or #hashtag is an error. Otherwise tag_warnings names them.
    """
    attachments: NotRequired[list[FileRef]]
    """
    Uploaded files that come with the text.
    """


class CreateWithContentV1(TypedDict):
    """
    A ticket from a subject and content.
    """

    originator_email_address: str
    """
    Requester's e-mail address; unknown customers are created.
    """
    is_public: NotRequired[bool]
    """
    False: the first response is an internal note.
    """
    use_passed_originator_as_responder: NotRequired[bool]
    """
    True: show the requester as author of the first response.
    """
    data: TicketContentV1
    queue_name: NotRequired[str]
    """
    The same as data.queue_name; send one of them.
    """
    participants: NotRequired[list[Participant]]
    """
    Participants beside the requester; unknown customers are created.
    """
    strict_tags: NotRequired[bool]
    """
    True: an unknown @name or #hashtag is an error. Otherwise tag_warnings names them.
    """
    attachments: NotRequired[list[FileRef]]
    """
    Uploaded files that come with the text.
    """


class Deliveries(TypedDict):
    total: NotRequired[int]
    """
    How many rows all pages have, at most 10000; absent where counting is slow.
    """
    total_is_exact: NotRequired[bool]
    """
    False: there are more than total.
    """
    outbox: list[Delivery]
    next_cursor: str | None
    """
    Where the next page begins; null: no more.
    """


class TicketPage(TypedDict):
    tickets: list[TicketRow]
    next_cursor: str | None
    """
    Where the next page begins; null: no more.
    """
    total: int
    """
    How many tickets all pages have, as the first page counted; at most 10000.
    """
    total_is_exact: bool
    """
    False: there are more than total.
    """
