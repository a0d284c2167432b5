"""What the vendor's administration screens keep: system, branding, domain, assistant, licence."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place
from tests.support.users import answered, listed, new_user

ADMINISTRATION = "/api/v1/administration"
QUEUES = "/api/v1/workflow/queues/create"
PASSWORD = {"current_password": "secret"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("screens"))
    found.start("--without-plan=has_reports")
    yield found
    found.stop()


def shown(place: Place, screen: str) -> Any:
    return answered(place, f"{ADMINISTRATION}/{screen}", {})


def changed(place: Place, screen: str, **members: Any) -> Any:
    assert answered(place, f"{ADMINISTRATION}/{screen}/update", members) == {"ok": True}
    return shown(place, screen)


def test_system_settings_have_defaults_and_are_stored(place: Place) -> None:
    before = shown(place, "system")
    assert before == {
        "permissions_model": "permissive", "max_attachment_mb": 50, "notification_mode": "full",
        "max_responses_in_mail": 10, "sent_mail_retention_days": 365,
    }  # fmt: skip
    assert changed(place, "system") == before
    after = changed(place, "system", max_attachment_mb="5", notification_mode="link")
    assert after == {**before, "max_attachment_mb": 5, "notification_mode": "link"}
    assert answered(
        place, f"{ADMINISTRATION}/storage/retention", {"sent_mail_retention_days": 30}
    ) == {"ok": True}
    assert shown(place, "system") == {**after, "sent_mail_retention_days": 30}


def test_restrictive_model_gives_new_queues_and_staff_no_right(place: Place) -> None:
    old, _ = new_user(place, "permissive user")
    changed(place, "system", permissions_model="restrictive")
    queue = answered(place, QUEUES, {"name": f"restricted {uuid4().hex}"})["queue_id"]
    new, _ = new_user(place, "restrictive user")
    assert listed(place, new)["queues"] == []
    rights = [row["queue_id"] for row in listed(place, old)["queues"]]
    assert rights
    assert queue not in rights
    changed(place, "system", permissions_model="permissive")
    queue = answered(place, QUEUES, {"name": f"permitted {uuid4().hex}"})["queue_id"]
    for user in (old, new):
        assert queue in [row["queue_id"] for row in listed(place, user)["queues"]]


def test_branding_keeps_its_texts(place: Place) -> None:
    before = shown(place, "branding")
    assert before == {
        "product_name": "Tickiti", "primary_colour": "#1d4ed8", "footer": "", "app_logo": None,
        "email_logo": None,
    }  # fmt: skip
    after = changed(place, "branding", primary_colour="#AABBCC", footer="Sole Trader Ltd")
    assert after == {**before, "primary_colour": "#aabbcc", "footer": "Sole Trader Ltd"}
    assert changed(place, "branding", product_name="Help") == {**after, "product_name": "Help"}
    for absent in ("", None):
        changed(place, "branding", footer="Sole Trader Ltd")
        assert changed(place, "branding", footer=absent)["footer"] == ""


def test_custom_domain_waits_for_dns_until_it_is_cleared(place: Place) -> None:
    none = shown(place, "custom-domain")
    assert (none["domain"], none["status"]) == ("", "none")
    waiting = changed(place, "custom-domain", **PASSWORD, domain="Help.Sole-Trader.example")
    assert (waiting["domain"], waiting["status"]) == ("help.sole-trader.example", "waiting_for_dns")
    assert changed(place, "custom-domain", **PASSWORD, domain="") == none


def test_assistant_keeps_its_settings_and_never_shows_its_key(place: Place) -> None:
    secret = "sk-4711-never-shown"
    before = shown(place, "ai-assistant")
    assert (before["ai_enabled"], before["ai_api_key_set"]) == (False, False)
    new = {"ai_enabled": True, "ai_auto_send_threshold": 75, "ai_persona": "Calm.\nKind."}
    after = changed(place, "ai-assistant", **PASSWORD, **new, ai_api_key=secret)
    assert after == {**before, **new, "ai_api_key_set": True}
    assert secret not in json.dumps(after)
    assert changed(place, "ai-assistant", **PASSWORD, ai_persona="")["ai_persona"] == ""
    assert changed(place, "ai-assistant", **PASSWORD)["ai_api_key_set"] is True
    cleared = changed(place, "ai-assistant", **PASSWORD, ai_api_key_clear=True)
    assert (cleared["ai_api_key_set"], cleared["ai_enabled"]) == (False, True)


def test_licence_names_the_features_of_the_plan(place: Place) -> None:
    found = shown(place, "licence")
    assert (found["plan"], found["staff_limit"], found["expires_at"]) == ("bundled", None, None)
    assert (found["features"]["has_reports"], found["features"]["has_ai_assistant"]) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("system/update", {"permissions_model": "open", "max_attachment_mb": 0},
         ["permissions_model", "max_attachment_mb"]),
        ("branding/update", {"primary_colour": "blue", "product_name": "x" * 256},
         ["product_name", "primary_colour"]),
        ("custom-domain/update", {"domain": "no host"}, ["current_password", "domain"]),
        ("custom-domain/update", PASSWORD, ["domain"]),
        ("ai-assistant/update", {"ai_auto_send_threshold": 101, "ai_model": "x" * 10_001},
         ["current_password", "ai_auto_send_threshold", "ai_model"]),
        ("storage/retention", {"sent_mail_retention_days": 3651}, ["sent_mail_retention_days"]),
        ("storage/retention", {}, ["sent_mail_retention_days"]),
        ("storage/delete-closed", {"older_than_days": 0}, ["older_than_days"]),
    ],
)  # fmt: skip
def test_invalid_members_are_all_named(
    place: Place, path: str, body: Any, fields: list[str]
) -> None:
    status, _, raw = place.post(f"{ADMINISTRATION}/{path}", body)
    assert (status, list(json.loads(raw)["errors"])) == (422, fields)


@pytest.mark.parametrize("verb", ["", "/fetch", "/update", "/upload"])
def test_diagnostics_are_off(place: Place, verb: str) -> None:
    status, _, raw = place.post(f"{ADMINISTRATION}/diagnostics{verb}", {})
    assert (status, json.loads(raw)["code"]) == (404, "not_found")
