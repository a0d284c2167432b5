"""The tickets family, and the routes of no family: token, interventions, faqs, idempotency_key."""

from tests.server.api.every_route.route import Route, data
from tests.server.api.every_route.shapes import ADDRESS, DAY, ID, SHA256, TIME, Each, Maybe
from tests.support import stage

STATUSES = {"open", "on-hold", "closed"}
PRIORITIES = {"10", "20", "30", "40"}
FEATURES = (
    "has_reports", "has_escalations", "has_interventions", "has_resolution_tracking",
    "has_ai_assistant",
)  # fmt: skip
FAMILIES = (
    "tickets", "settings", "mail", "templates", "workflow", "reports", "supervisor",
    "administration", "axial",
)  # fmt: skip

SUMMARY = {
    "id": ID, "number": int, "subject": str, "status": STATUSES, "priority": PRIORITIES,
    "queue_id": ID, "queue_name": str, "originator_email": ADDRESS,
    "assigned_to_email": Maybe(str), "on_hold_until": Maybe(DAY), "created_at": TIME,
    "updated_at": TIME,
}  # fmt: skip
ROW = {**SUMMARY, "response_count": int}
TICKET = {**SUMMARY, "originator_name": Maybe(str), "resolved": Maybe(ID), "hashtags": Each(str, 0)}
PERSON = {"id": ID, "name": Maybe(str), "email": ADDRESS, "is_staff": bool}
LINK = {"id": ID, "number": int, "subject": str, "status": STATUSES, "is_clone": bool}
FILE = {
    "id": ID, "name": str, "mime_type": str, "file_size": int, "is_inline": bool,
    "sha256": SHA256,
}  # fmt: skip
VALUE = str | int | None
AUDIT = {"what": str, "from": VALUE, "to": VALUE, "by": ADDRESS, "at": TIME}
RESPONSE = {
    "id": ID, "is_internal": bool, "is_pinned": bool, "staff_response": bool,
    "created_by_email": ADDRESS, "created_at": TIME, "updated_at": TIME, "is_email_sourced": bool,
    "html": str, "plain_text": str, "attachments": Each(FILE, 0), "body_chars": int,
    "audit": Each(AUDIT, 0), "is_audit_only": bool,
}  # fmt: skip
RESPONDED = {"ticket_id": int, "response_id": int, "reopened": bool}
LINKED = data(ticket_number=int, linked_tickets=Each(LINK))
COPIED = Each({"from_response_id": int, "response_id": int})
MEMBER = {"id": ID, "name": str, "email": ADDRESS}
TEAM = {"id": ID, "name": str, "members": Each(MEMBER, 0), "key": str, "members_key": str}

NUMBER = {"ticket_number": 220009}
"""The one ticket of the fresh server."""

TICKETS = {
    "tickets.create": Route(
        {
            "originator_email_address": "marcus@trailblazers-club.example",
            "data": {
                "subject": "Carbon plate cracked", "content": "At mile 14.", "priority": 30,
                "assigned_to_email": "system@localhost", "status": "on-hold",
                "on_hold_until": "2099-01-01",
            },
            "queue_name": "Sales", "participants": ["coach@trailblazers-club.example"],
            "is_public": True, "strict_tags": False, "attachments": [],
        },
        data(ticket_number=int, ticket_id=int, secure_id=str, queue="Sales"),
    ),
    "tickets.respond": Route(
        {**NUMBER, "from_email": "system@localhost", "content": "A new pair comes.",
         "priority": "high", "add_participants": ["coach@trailblazers-club.example"]},
        data(**RESPONDED),
    ),
    "tickets.close": Route(
        {**NUMBER, "from_email": "system@localhost", "content": "Solved.", "is_internal": True},
        data(**RESPONDED), stage.a_ticket,
    ),
    "tickets.participants_add": Route(
        {**NUMBER, "participants": ["coach@trailblazers-club.example"]},
        data(**RESPONDED, participants=Each(PERSON, 2)), stage.a_ticket,
    ),
    "tickets.participants_remove": Route(
        {**NUMBER, "participants": ["coach@trailblazers-club.example"]},
        data(**RESPONDED, participants=Each(PERSON)), stage.a_ticket_with_a_coach,
    ),
    "tickets.query": Route(
        {"search_object": {"criteria": [{"mode": "status", "tokens": ["open", "closed"]}]},
         "row_limit": 2},
        {"ok": True, "data": Each(ROW), "next_cursor": Maybe(str), "total": int,
         "total_is_exact": True},
    ),
    "tickets.show": Route(
        {**NUMBER, "max_body_chars": 5000},
        data(
            ticket=TICKET, participants=Each(PERSON), linked_tickets=Each(LINK),
            responses=Each(RESPONSE),
        ), stage.linked_tickets,
    ),
    "tickets.responses": Route(
        {**NUMBER, "fields": ["html", "plain_text", "attachments"]},
        data(ticket_number=220009, responses=Each(RESPONSE)),
    ),
    "tickets.responses_query": Route(
        {"created_from": "2026-01-01 00:00:00", "is_internal": False, "limit": 1,
         "fields": ["html", "plain_text", "attachments"]},
        data(
            responses=Each({**RESPONSE, "response_id": ID, "ticket_number": int}),
            next_cursor={"created_at": TIME, "id": int},
        ), stage.a_ticket,
    ),
    "tickets.response_show": Route(
        {"response_id": 1},
        data(response={**RESPONSE, "ticket_id": ID, "ticket_number": int}), stage.a_ticket,
    ),
    "tickets.response_update": Route(
        {"response_id": 1, "replace": [{"find": "c", "replace": "d"}], "is_internal": True},
        data(response={**RESPONSE, "audit": Each(AUDIT, 2)}, notified=False),
    ),
    "tickets.response_delete": Route(
        {"response_id": 1}, data(response_id=int, ticket_number=int, deleted=True)
    ),
    "tickets.response_move": Route(
        {"response_ids": [1], "target_ticket_number": 220010},
        data(target_ticket_number=int, responses=COPIED),
    ),
    "tickets.response_copy": Route(
        {"response_ids": [1], "target_ticket_number": 220010},
        data(target_ticket_number=int, responses=COPIED),
    ),
    "tickets.split": Route(
        {"response_ids": [1], "subject": "The other shoe", "queue": "Sales", "copy": True},
        data(
            ticket_number=int, ticket_id=int, secure_id=str, queue="Sales",
            source_ticket_number=int, responses=COPIED,
        ),
    ),
    "tickets.delete": Route(
        {"ticket_numbers": [220009]},
        data(dry_run=False, count=1, tickets=Each(
            {"id": ID, "number": int, "subject": str, "status": STATUSES, "queue_name": str,
             "originator_email": ADDRESS}
        )),
    ),
    "tickets.restore": Route(
        NUMBER, data(ticket_number=int, ticket_id=int, restored=True, responses=2),
        stage.a_deleted_ticket,
    ),
    "tickets.merge": Route(
        {**NUMBER, "other_ticket_number": 220010},
        data(
            ticket_number=int, ticket_id=int, merged_ticket_number=int, responses=1,
            participants=int, reopened=False,
        ),
    ),
    "tickets.link": Route({**NUMBER, "linked_ticket_numbers": [220010]}, LINKED),
    "tickets.unlink": Route(
        {**NUMBER, "linked_ticket_number": 220010}, data(ticket_number=int, linked_tickets=[]),
        stage.linked_tickets,
    ),
    "tickets.links": Route(NUMBER, LINKED, stage.linked_tickets),
    "tickets.originator_update": Route(
        {**NUMBER, "originator_email": "club@trailblazers-club.example"},
        data(
            ticket_number=int, ticket_id=int, originator_email="club@trailblazers-club.example",
            response_id=int,
        ),
    ),
    "tickets.attachment": Route(
        {**NUMBER, "response_attachment_id": 1, "offset": 0, "length": 26_214_400},
        data(**FILE, response_id=ID, content_base64=str, eof=True),
    ),
    "tickets.attachment_upload": Route(
        {"file": "receipt.pdf"}, data(sha256=SHA256, name="receipt.pdf", file_size=int)
    ),
    "tickets.attachment_delete": Route(
        {**NUMBER, "response_attachment_id": 1, "reason": "sent by mistake"},
        data(response_id=int, response_attachment_id=int, name=str, sha256=SHA256,
             bytes_deleted=bool),
    ),
    "tickets.queues": Route({}, data(queues=Each(
        {"id": ID, "name": str, "built_in": bool, "track_resolutions": bool, "is_parked": bool,
         "can_manage": True, "can_delete": True}, 3,
    ))),
    "tickets.teams": Route({}, data(teams=Each(TEAM)), stage.a_team),
    "tickets.staff": Route(
        {"search": "staged"},
        data(staff=Each({**MEMBER, "team_keys": Each(str, 0)})), stage.a_user,
    ),
    "tickets.resolutions": Route(
        {}, data(resolutions=Each({"id": ID, "name": str, "colour": str, "selectable": bool})),
        stage.a_resolution,
    ),
    "tickets.search_modes": Route(
        {}, data(
            available_modes=Each({"mode": str, "matches": str, "match": {"all", "any"}}, 14),
            combining=str,
        ),
    ),
}  # fmt: skip

OTHERS = {
    "token.show": Route(
        {},
        data(
            token={
                "id": ID, "name": str, "allowed_ip": None, "created_at": TIME,
                "last_used_at": Maybe(TIME), "expires_at": Maybe(TIME),
            },
            abilities=Each(str),
            owner={
                "id": ID, "name": str, "email": ADDRESS, "is_system": True, "is_staff": True,
                "is_admin": True, "is_superuser": True, "is_sysadmin": True,
            },
            plan=dict.fromkeys(FEATURES, bool),
            families={
                family: {"read": bool, "write": bool, "missing": Each(str, 0)}
                for family in FAMILIES
            },
        ),
    ),
    "interventions.accept": Route(
        {**NUMBER, "data": {"price": 99}, "content": "You get the discount."},
        data(
            ticket_id=int, ticket_number=int, intervention="discount_request", uid=str,
            response_id=int, data=dict, callback_id=str,
        ),
    ),
    "faqs": Route(
        {},
        data(faqs=Each(
            {"id": ID, "category": str, "subcategory": str | None, "subject": str, "content": str,
             "ordinal": int, "updated_at": TIME}
        )),
        stage.a_faq,
    ),
    "idempotency_key.create": Route(
        {"action": "create_ticket"},
        data(idempotency_key=str, action="create_ticket", expires_at=TIME),
    ),
}  # fmt: skip
