"""Error classes have the documented codes and statuses, and travel over the wire unchanged."""

import json

import pytest

from tickiti_cli.contract.errors import (
    BY_CODE,
    BY_STATUS,
    ApiError,
    InterventionNotFound,
    InterventionUidExists,
    MailboxNotFound,
    MethodNotAllowed,
    MissingAbility,
    NotImplementedHere,
    PayloadTooLarge,
    PerspectiveNotFound,
    PlanRequired,
    QueueNotFound,
    RoleRequired,
    TemplateNotFound,
    TicketNotFound,
    TokenInUse,
)

DOCUMENTED = {
    "invalid_json": 400,
    "idempotency_key_missing": 400,
    "idempotency_key_invalid": 400,
    "unauthenticated": 401,
    "missing_ability": 403,
    "role_required": 403,
    "plan_required": 403,
    "queue_right_required": 403,
    "ip_not_allowed": 403,
    "attachment_blocked": 403,
    "not_found": 404,
    "ticket_not_found": 404,
    "response_not_found": 404,
    "attachment_not_found": 404,
    "skill_not_found": 404,
    "snapshot_not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "idempotency_key_conflict": 409,
    "idempotency_key_in_progress": 409,
    "intervention_uid_exists": 409,
    "review_required": 409,
    "token_in_use": 409,  # ours
    "payload_too_large": 413,
    "attachment_too_large": 413,
    "unsupported_media_type": 415,
    "validation_failed": 422,
    "queue_not_found": 422,
    "template_not_found": 422,
    "mailbox_not_found": 422,
    "intervention_not_found": 422,
    "perspective_not_found": 422,
    "template_data_missing": 422,
    "template_syntax": 422,
    "assignee_not_found": 422,
    "resolution_not_found": 422,
    "resolution_required": 422,
    "attachment_not_uploaded": 422,
    "tag_unknown": 422,
    "clone_link": 422,
    "skill_reserved": 422,
    "rate_limited": 429,
    "header_too_large": 431,
    "internal": 500,
    "not_implemented": 501,
    "storage_full": 503,
    "storage_unavailable": 503,
    "overloaded": 503,
}

GENERIC = {"bad_request": 400, "forbidden": 403, "conflict": 409, "unavailable": 503}
"""Parents of several codes: what a client makes of a status whose code it does not know."""

SENTENCES = [
    (MissingAbility(["create-ticket"]), "This token lacks the ability 'create-ticket'."),
    (
        MissingAbility(["tickets:read", "tickets:write"]),
        "This token lacks the ability 'tickets:read' or 'tickets:write'.",
    ),
    (RoleRequired("admin"), "This requires the role 'admin'."),
    (PlanRequired("has_reports"), "This install's plan does not include 'has_reports'."),
    (TicketNotFound(220009), "Ticket 220009 not found."),
    (MethodNotAllowed("GET", ["POST"]), "GET is not allowed here; use POST."),
    (
        InterventionUidExists("RMA-7", 220009),
        "The uid 'RMA-7' was used for this intervention before: ticket 220009.",
    ),
    (
        TokenInUse(3, last_used_at="2026-11-05T09:00:00+00:00", seconds=60),
        "Token 3 was last used at 2026-11-05T09:00:00+00:00: it has not been idle for 60 seconds.",
    ),
    (PayloadTooLarge.over(10), "The body is larger than 10 bytes."),
    (QueueNotFound("Sales"), "Queue 'Sales' not found."),
    (TemplateNotFound("welcome"), "Template 'welcome' not found."),
    (MailboxNotFound("shop"), "Mailbox 'shop' not found."),
    (InterventionNotFound("refund"), "Intervention 'refund' not found."),
    (PerspectiveNotFound("Mine"), "Perspective 'Mine' not found."),
    (
        NotImplementedHere.row("send_email"),
        "The bundled server does not answer 'send_email' yet.",
    ),
]


def test_error_codes_and_statuses_are_the_documented_table() -> None:
    assert {code: error.status for code, error in BY_CODE.items()} == DOCUMENTED | GENERIC


def test_error_of_a_passing_condition_is_retryable() -> None:
    assert {code for code, error in BY_CODE.items() if error.retryable} == {
        "request_timeout",
        "idempotency_key_in_progress",
        "rate_limited",
        "internal",
        "storage_full",
        "storage_unavailable",
        "overloaded",
        "unavailable",
    }


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_error_class_survives_encoding_and_decoding(code: str) -> None:
    error_class = BY_CODE[code]
    sent = error_class.received(
        "A queue\u2019s name is wrong.", errors={"queue_name": ["Queue 'Sales' not found."]}
    )
    wire = json.loads(json.dumps({"code": sent.code, "message": sent.message, "e": sent.errors}))
    rebuilt = BY_CODE[wire["code"]].received(wire["message"], errors=wire["e"])
    assert type(rebuilt) is error_class
    assert (rebuilt.message, str(rebuilt), rebuilt.errors) == (sent.message, str(sent), sent.errors)


def test_status_of_the_table_has_one_error_class() -> None:
    assert set(BY_STATUS) == {*DOCUMENTED.values(), *GENERIC.values()}
    for status, error in BY_STATUS.items():
        assert error.status == status
        assert error.__mro__[1] is ApiError


@pytest.mark.parametrize(("error", "sentence"), SENTENCES, ids=lambda value: str(value)[:30])
def test_error_class_owns_its_sentence(error: ApiError, sentence: str) -> None:
    assert (error.message, str(error)) == (sentence, sentence)


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_error_sentences_are_whole_sentences(code: str) -> None:
    sentence = BY_CODE[code].sentence
    assert sentence[0].isupper()
    assert sentence.endswith(".")


def test_error_of_a_missing_object_names_its_field() -> None:
    error = QueueNotFound("Sales", field="data.queue_name")
    assert error.errors == {"data.queue_name": ["Queue 'Sales' not found."]}
