"""Users have roles, and the server has plans: both are checked with every request."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket
from tests.support.users import (
    FLAGS,
    TOKENS,
    USERS,
    answered,
    change,
    listed,
    new_user,
    refused,
    token_for,
    token_of,
)
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Access, Body, Endpoint, Key, Plan, Role

MISSING = (Plan.REPORTS, Plan.AI_ASSISTANT)
ROWS = [row for row in CATALOGUE.values() if not row.is_off and row.access is Access.ABILITY]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("roles"))
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def poorer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server without two of the plans."""
    found = Place(tmp_path_factory.mktemp("plans"))
    found.start(*(f"--without-plan={plan}" for plan in MISSING))
    yield found
    found.stop()


def code_of(place: Place, row: Endpoint, token: str) -> str:
    """How a request is refused that is nothing but authorised."""
    path = row.path.format(**dict.fromkeys(row.params, "1"))
    key = "matrix" if row.key is not Key.NONE else None
    status, _, raw = place.post(path, "[]", key, token=token)
    assert status in (400, 403, 415, 501), (row.name, status)
    return str(json.loads(raw)["code"])


def codes_of(place: Place, token: str) -> dict[str, str]:
    with ThreadPoolExecutor(8) as threads:
        codes = threads.map(lambda row: code_of(place, row, token), ROWS)
    return dict(zip((row.name for row in ROWS), codes, strict=True))


def otherwise(row: Endpoint) -> str:
    if row.served and row.body is Body.MULTIPART:
        return "unsupported_media_type"
    return "invalid_json" if row.served else "not_implemented"


@pytest.mark.parametrize("is_sysadmin", [False, True])
@pytest.mark.parametrize("role", [*Role])
def test_endpoint_opens_to_its_role_and_higher_roles(
    place: Place, role: Role, is_sysadmin: bool
) -> None:
    token = token_of(place, f"{role.name} {is_sysadmin}", role, is_sysadmin=is_sysadmin)
    assert codes_of(place, token) == {
        row.name: "role_required"
        if row.role > role or (row.sysadmin and not is_sysadmin)
        else otherwise(row)
        for row in ROWS
    }


def test_token_without_a_user_has_every_role_and_plan(place: Place) -> None:
    assert codes_of(place, place.token) == {row.name: otherwise(row) for row in ROWS}


def test_endpoint_of_a_missing_plan_is_refused(poorer: Place) -> None:
    assert codes_of(poorer, poorer.token) == {
        row.name: "plan_required" if set(row.plans) & set(MISSING) else otherwise(row)
        for row in ROWS
    }


def test_refusal_names_the_missing_role_or_plan(poorer: Place) -> None:
    staff = token_of(poorer, "staff", Role.STAFF)
    admin = token_of(poorer, "admin", Role.ADMIN)
    reports, branding = "/api/v1/reports/meta", "/api/v1/administration/custom-domain"
    assert refused(poorer, reports, {}, staff) == (
        403, "role_required", "This requires the role 'admin'.",
    )  # fmt: skip
    assert refused(poorer, branding, {}, admin) == (
        403, "role_required", "This requires the role 'sysadmin'.",
    )  # fmt: skip
    assert refused(poorer, reports, {}, admin) == (
        403, "plan_required", "This install's plan does not include 'has_reports'.",
    )  # fmt: skip


def test_checks_run_ability_then_role_then_plan(poorer: Place) -> None:
    row = CATALOGUE["reports.meta"]
    user, email = new_user(poorer, "ordered")
    blind, seeing = token_for(poorer, email, ["ticket-index"]), token_for(poorer, email)
    assert code_of(poorer, row, blind) == "missing_ability"
    assert code_of(poorer, row, seeing) == "role_required"
    change(poorer, user, Role.ADMIN)
    assert code_of(poorer, row, blind) == "missing_ability"
    assert code_of(poorer, row, seeing) == "plan_required"


def test_demotion_takes_effect_at_the_next_request(place: Place) -> None:
    user, email = new_user(place, "once admin", Role.ADMIN)
    token = token_for(place, email)
    assert place.post(USERS, {}, token=token)[0] == 200
    change(place, user, Role.STAFF)
    assert refused(place, USERS, {}, token)[:2] == (403, "role_required")
    change(place, user, Role.ADMIN)
    assert place.post(USERS, {}, token=token)[0] == 200


def test_rotated_token_acts_for_the_same_user(place: Place) -> None:
    _, email = new_user(place, "rotating")
    old = int(token_for(place, email).partition("|")[0])
    new = answered(place, f"{TOKENS}/rotate", {"id": old})["data"]["token"]
    assert refused(place, USERS, {}, new)[:2] == (403, "role_required")


def test_token_is_minted_for_staff_alone_and_audited(place: Place) -> None:
    _, customer = new_user(place, "customer", Role.ANY)
    _, staff = new_user(place, "clerk")
    body = {"name": "x", "abilities": ["ticket-index"], "user": customer}
    expected = (422, "validation_failed", f"There is no staff user '{customer}'.")
    assert refused(place, f"{TOKENS}/mint", body) == expected
    token_id = int(token_for(place, staff, ["ticket-index"]).partition("|")[0])
    (told,) = answered(place, f"{TOKENS}/audit", {"id": token_id})["data"]["audit"]
    assert told["details"] == {"abilities": ["ticket-index"], "user": staff}


def test_new_user_is_listed_with_its_flags(place: Place) -> None:
    user, email = new_user(place, "listed", Role.ADMIN)
    expected = {
        "id": user, "name": "listed", "email": email, "is_staff": True, "is_admin": True,
        "is_superuser": False, "is_sysadmin": False, "tonic_notifications": False,
        "is_api_user": False, "queues": listed(place, user)["queues"],
    }  # fmt: skip
    assert listed(place, user) == expected
    change(place, user, Role.STAFF, tonic_notifications=True)
    assert listed(place, user) == {**expected, "is_admin": False, "tonic_notifications": True}


def test_customer_who_becomes_a_user_keeps_the_tickets(place: Place) -> None:
    email = "once.customer@sole-trader.example"
    opened = {**ticket("before"), "originator_email_address": email}
    opened["use_passed_originator_as_responder"] = True
    created = json.loads(place.post("/api/create_ticket", opened, "before")[2])["data"]
    number = {"ticket_number": created["ticket_number"]}
    assert email not in json.dumps(answered(place, USERS, {}))
    assert new_user(place, "once customer")[1] == email
    said = {**number, "from_email": email, "content": "Now staff."}
    assert place.post("/api/ticket_respond", said, "after")[0] == 200
    shown = answered(place, "/api/v1/tickets/show", number)
    responses = shown["data"]["responses"]
    assert [response["staff_response"] for response in responses] == [False, True]
    assert {response["created_by_email"] for response in responses} == {email}


def test_address_in_another_case_is_the_same_user(place: Place) -> None:
    _, email = new_user(place, "twice")
    for taken in (email.upper(), "system@localhost"):
        body = {"name": "x", "email": taken, "tonic_notifications": False, **FLAGS[Role.STAFF]}
        expected = (422, "validation_failed", f"User '{taken}' already exists.")
        assert refused(place, f"{USERS}/create", body) == expected


def test_role_above_the_callers_cannot_be_given_or_taken(place: Place) -> None:
    admin = token_of(place, "plain admin", Role.ADMIN)
    chief, _ = new_user(place, "chief", Role.SUPERUSER, is_sysadmin=True)
    clerk, _ = new_user(place, "promoted")
    before = [listed(place, chief), listed(place, clerk)]
    tonic = {"tonic_notifications": False}
    for user, flags, role in (
        (clerk, FLAGS[Role.SUPERUSER], "superuser"),
        (chief, FLAGS[Role.STAFF], "superuser"),
        (clerk, {**FLAGS[Role.STAFF], "is_sysadmin": True}, "sysadmin"),
        (chief, {**FLAGS[Role.SUPERUSER], "is_sysadmin": False}, "superuser"),
    ):
        found = refused(place, f"{USERS}/{user}/update", {**flags, **tonic}, admin)
        assert found == (
            403, "role_required", f"This requires the role '{role}'.",
        )  # fmt: skip
    body = {"name": "x", "email": "x@b.example", **FLAGS[Role.SUPERUSER], **tonic}
    assert refused(place, f"{USERS}/create", body, admin)[1] == "role_required"
    assert [listed(place, chief), listed(place, clerk)] == before
    assert "x@b.example" not in json.dumps(answered(place, USERS, {}))


@pytest.mark.parametrize(
    ("role", "more", "missing"),
    [(Role.SUPERUSER, {}, "superuser"), (Role.ADMIN, {"is_sysadmin": True}, "sysadmin")],
)
@pytest.mark.parametrize("flags", [FLAGS[Role.ADMIN], FLAGS[Role.STAFF]])
def test_user_above_the_caller_is_not_changed_at_all(
    place: Place, role: Role, more: dict[str, bool], missing: str, flags: dict[str, bool]
) -> None:
    token = token_of(place, f"Admin {uuid4().hex}", Role.ADMIN)
    user, _ = new_user(place, f"Above {uuid4().hex}", role, **more)
    before = listed(place, user)
    body = {**flags, "tonic_notifications": True}
    assert refused(place, f"{USERS}/{user}/update", body, token)[:2] == (403, "role_required")
    assert missing in refused(place, f"{USERS}/{user}/update", body, token)[2]
    assert listed(place, user) == before


def test_superuser_keeps_the_role_if_only_vendor_fields_are_sent(place: Place) -> None:
    user, _ = new_user(place, "staying", Role.SUPERUSER)
    body = {**FLAGS[Role.ADMIN], "tonic_notifications": True}
    answered(place, f"{USERS}/{user}/update", body)
    assert listed(place, user)["is_superuser"] is True
    answered(place, f"{USERS}/{user}/update", {**body, "is_admin": False})
    assert listed(place, user)["is_superuser"] is False


@pytest.mark.parametrize("user", ["1", "999999"])
def test_unknown_user_cannot_be_changed(place: Place, user: str) -> None:
    body = {**FLAGS[Role.ANY], "tonic_notifications": False}
    expected = (404, "not_found", f"There is no user {user}.")
    assert refused(place, f"{USERS}/{user}/update", body) == expected


@pytest.mark.parametrize(
    ("verb", "more", "fields"),
    [
        ("create", {"name": "", "email": "x"}, ["name", "email"]),
        ("create", {"is_staff": "maybe"}, ["is_staff"]),
        ("create", {"is_admin": False, "is_superuser": True}, ["is_superuser"]),
        ("create", {"is_staff": None, "is_admin": None, "tonic_notifications": None},
         ["is_staff", "is_admin", "tonic_notifications"]),
        ("x/update", {}, ["user"]),
    ],
)  # fmt: skip
def test_invalid_user_field_is_named_in_a_422(
    place: Place, verb: str, more: dict[str, Any], fields: list[str]
) -> None:
    body = {"name": "n", "email": "n@b.example", "tonic_notifications": 0, **FLAGS[Role.ADMIN]}
    status, _, raw = place.post(f"{USERS}/{verb}", {**body, **more})
    assert (status, list(json.loads(raw).get("errors", {}))) == (422, fields)
