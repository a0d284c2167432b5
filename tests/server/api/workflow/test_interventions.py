# ruff: noqa: E501 - a table reads best with a case a line
"""Interventions are defined, requested by another system, and decided once."""

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support import users
from tests.support.desk import staff_with
from tests.support.place import Place
from tests.support.replies import code_of
from tests.support.shop import DISCOUNT, FIELDS, INTERVENTIONS, Shop
from tests.support.stage import a_request, answer, data_of
from tickiti_cli.contract.endpoint import Role
from tickiti_server import prepare
from tickiti_server.api.workflow import interventions
from tickiti_server.clock import DAY
from tickiti_server.store.open import open_database
from tickiti_server.store.outgoing import interventions as stored

CREATE, DECIDE = "/api/create_ticket", "/_tickiti/interventions/decide"
ACCEPT = "/api/v1/interventions/accept"
NOWHERE = "https://shop.trailblazers-club.example/decided"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    found = Shop(tmp_path_factory.mktemp("shop"))
    found.furnish(None)
    yield found
    assert found.end() == 0
    assert "Traceback" not in found.log


def body(uid: str, **members: Any) -> dict[str, Any]:
    return {
        "originator_email_address": "marcus@trailblazers-club.example",
        "intervention": "discount_request", "uid": uid,
        "data": {"data": {"customer": "Marcus <3", "price": 99.5}}, **members,
    }  # fmt: skip


def shown(shop: Shop, number: int) -> Any:
    return data_of(shop, "/api/v1/tickets/show", {"ticket_number": number})


def refusal(reply: tuple[int, dict[str, str], bytes]) -> tuple[int, str, dict[str, list[str]]]:
    status, _, raw = reply
    members = json.loads(raw)
    return status, members["message"], members.get("errors", {})


def test_request_opens_a_ticket_with_two_responses(shop: Shop) -> None:
    number = data_of(shop, CREATE, body("first"), "first")["ticket_number"]
    found = shown(shop, number)
    ticket = found["ticket"]
    assert (ticket["subject"], ticket["priority"], ticket["queue_id"]) == (
        "Discount for Marcus <3", "20", "1",
    )  # fmt: skip
    assert [
        (row["is_internal"], row["staff_response"], row["created_by_email"], row["html"])
        for row in found["responses"]
    ] == [
        (True, True, "system@localhost", "<p>Marcus &lt;3 asks for 99.5.</p>"),
        (False, True, "system@localhost", "<p>Dear Marcus &lt;3, we look at it.</p>"),
    ]


MERGE = "/api/v1/tickets/merge"


def merge(shop: Shop, older: int, newer: int) -> tuple[int, dict[str, str], bytes]:
    return shop.post(MERGE, {"ticket_number": newer, "other_ticket_number": older}, str(uuid4()))


def test_a_ticket_that_awaits_a_decision_is_not_merged_away(shop: Shop) -> None:
    older, newer = shop.ask(), shop.ask()
    status, message, _ = refusal(merge(shop, older, newer))
    assert (status, message.partition(" first: ")[::2]) == (409, (
        f"Ticket {newer} awaits a decision, which the merge would lose; decide or close it",
        f"tickiti intervention decide {newer}",
    ))  # fmt: skip
    for number in (older, newer):
        assert len(shown(shop, number)["responses"]) == 2
    shop.decide(newer)
    assert merge(shop, older, newer)[0] == 200
    decided = data_of(shop, DECIDE, {"ticket_number": older, "data": {"accept": True}})
    assert decided["ticket_number"] == older  # the survivor still awaited its own


def test_a_closed_ticket_without_a_decision_can_be_merged_away(shop: Shop) -> None:
    older, newer = shop.ask(), shop.ask()
    answer(shop, "/_tickiti/tickets/act", {"ticket_number": newer, "close": True})
    assert merge(shop, older, newer)[0] == 200


def test_public_response_can_be_the_originators_or_internal(shop: Shop) -> None:
    reply = data_of(
        shop, CREATE,
        body("theirs", use_passed_originator_as_responder=True, is_public=False), "theirs",
    )  # fmt: skip
    private, public = shown(shop, reply["ticket_number"])["responses"]
    assert (private["created_by_email"], private["is_internal"]) == ("system@localhost", True)
    assert (public["created_by_email"], public["staff_response"], public["is_internal"]) == (
        "marcus@trailblazers-club.example", False, True,
    )  # fmt: skip


def test_urgent_request_is_urgent_and_takes_the_title(
    shop: Shop,
) -> None:
    members = {**DISCOUNT, "remote_enabled": False}
    urgent = {"name": "urgent", "title": "At once", "create_urgent": True, "fields": []}
    answer(shop, f"{INTERVENTIONS}/create", {**members, **urgent})
    template = {"type": "intervention", "identifier": "urgent.private", "subject": ""}
    answer(shop, "/api/v1/templates/create", {**template, "content": "Now."})
    number = data_of(shop, CREATE, body("u", intervention="urgent", data={}), "u")["ticket_number"]
    found = shown(shop, number)
    assert (found["ticket"]["subject"], found["ticket"]["priority"]) == ("At once", "40")
    assert [row["html"] for row in found["responses"]] == ["Now."]


def test_uid_opens_one_ticket_and_names_the_ticket_again(shop: Shop) -> None:
    first = shop.post(CREATE, body("once"), "once")
    number = json.loads(first[2])["data"]["ticket_number"]
    again = shop.post(CREATE, body("once"), "once")
    assert (again[1]["idempotency-replayed"], again[2]) == ("true", first[2])
    second = shop.post(CREATE, body("once", is_public=False), "another key")
    assert code_of(second) == (409, "intervention_uid_exists")
    sentence = f"The uid 'once' was used for this intervention before: ticket {number}."
    assert json.loads(second[2])["message"] == sentence


def test_uid_sent_many_times_at_once_opens_one_ticket(shop: Shop) -> None:
    barrier, replies = threading.Barrier(12), []

    def ask() -> None:
        barrier.wait()
        replies.append(shop.post(CREATE, body("crowd"), str(uuid4())))

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = sorted(str(code_of(reply)[1]) for reply in replies if reply[0] != 200)
    assert codes == ["intervention_uid_exists"] * 11


@pytest.mark.parametrize(
    ("change", "error", "fields"),
    [
        (
            {"intervention": "nope"},
            "Intervention 'nope' not found.",
            ["intervention"],
        ),
        (
            {"data": {"data": {}}},
            "The data has no value for customer, price.",
            ["data.data.customer", "data.data.price"],
        ),
        (
            {"data": {"data": {"customer": {}, "price": 1}}},
            "The data.data.customer field must be text, a number, true or false: the template shows it.",
            ["data.data.customer"],
        ),
        ({"data": {"data": 5}}, "The data.data field must be an object.", ["data.data"]),
        ({"uid": None}, "The uid field is required.", ["uid"]),
        (
            {"queue_name": "Inbox"},
            "The queue_name field does not go with intervention, which has a queue of its own.",
            ["queue_name"],
        ),
        ({"uid": "a\nb"}, "The uid field must be one line without control characters.", ["uid"]),
    ],
)
def test_invalid_request_names_the_missing_members(
    shop: Shop, change: dict[str, Any], error: str, fields: list[str]
) -> None:
    reply = shop.post(CREATE, {**body("wrong"), **change}, "wrong")
    status, said, errors = refusal(reply)
    assert (status, said, [*errors]) == (422, error, fields)
    assert data_of(shop, CREATE, body(str(uuid4())), str(uuid4()))  # and the key is free


def test_intervention_without_its_private_template_is_refused(shop: Shop) -> None:
    answer(shop, f"{INTERVENTIONS}/create", {**DISCOUNT, "name": "bare", "remote_enabled": False})
    status, said, errors = refusal(shop.post(CREATE, body("b", intervention="bare"), "b"))
    assert (status, said) == (422, "Template 'bare.private' not found.")
    assert [*errors] == ["intervention"]


def test_intervention_is_created_updated_and_deleted(shop: Shop) -> None:
    new = {**DISCOUNT, "name": "refund", "remote_epilog_url": NOWHERE}
    made = answer(shop, f"{INTERVENTIONS}/create", new)
    assert made == {"ok": True, "intervention_id": made["intervention_id"]}
    (row,) = [
        one for one in answer(shop, INTERVENTIONS, {})["interventions"] if one["name"] == "refund"
    ]
    assert row == {
        "id": row["id"], "name": "refund", "title": "Discount request", "queue_id": "1",
        "queue_name": "Inbox", "notify_inbox_managers": False, "create_urgent": False,
        "remote_timeout_seconds": 10, "remote_enabled": True, "remote_epilog_url": NOWHERE,
        "remote_name": None, "remote_disabled_reason": None, "fields": FIELDS,
    }  # fmt: skip
    change = {"intervention_id": row["id"], "title": "Refund", "remote_enabled": False,
              "remote_epilog_url": None, "create_urgent": "1"}  # fmt: skip
    assert answer(shop, f"{INTERVENTIONS}/update", change) == {"ok": True}
    (after,) = [
        one for one in answer(shop, INTERVENTIONS, {})["interventions"] if one["name"] == "refund"
    ]
    assert after == {**row, "title": "Refund", "remote_enabled": False, "create_urgent": True,
                     "remote_epilog_url": None}  # fmt: skip
    for _ in range(2):
        gone = {"intervention_id": row["id"]}
        assert answer(shop, f"{INTERVENTIONS}/delete", gone) == {"ok": True}
    assert "refund" not in json.dumps(answer(shop, INTERVENTIONS, {}))
    for path in ("update", "generate-token"):
        reply = shop.post(f"{INTERVENTIONS}/{path}", {**gone, "remote_name": "x"})
        assert code_of(reply) == (422, "intervention_not_found")


@pytest.mark.parametrize(
    ("change", "field", "error"),
    [
        ({"name": "discount_request"}, "name", "Intervention 'discount_request' already exists."),
        ({"name": "x" * 65}, "name", "The name field may not be longer than 64 characters."),
        ({"queue_name": "Nope"}, "queue_name", "Queue 'Nope' not found."),
        ({"remote_epilog_url": None}, "remote_epilog_url", "The remote_epilog_url field is required when remote_enabled is on."),
        ({"remote_epilog_url": "shop"}, "remote_epilog_url", "The remote_epilog_url field must be a URL such as https://shop.example/decided."),
        ({"remote_epilog_url": "http://a.example/"}, "remote_epilog_url", "The remote_epilog_url field must begin with https://, or its host be allowed: tickiti server start --allow-callback a.example:80."),
        ({"remote_epilog_url": "https://[::1]/"}, "remote_epilog_url", "The remote_epilog_url field leads to an address that is not public; if it is meant: tickiti server start --allow-callback [::1]:443."),
        ({"remote_timeout_seconds": 0}, "remote_timeout_seconds", "The remote_timeout_seconds field must be at least 1."),
        ({"fields": [{"type": "slider", "name": "a", "label": "A"}]}, "fields.0.type", "The fields.0.type field must be 'text', 'textarea', 'number' or 'checkbox'."),
        ({"fields": [{"type": "text", "name": "a b", "label": "A"}]}, "fields.0.name", "The fields.0.name field must be 1 to 64 letters, digits, _ or -."),
        ({"fields": [{"type": "text", "name": "a", "label": "{{a"}]}, "fields.0.label", "The fields.0.label field, line 1, column 1: '{{' is never closed."),
        ({"fields": [{"type": "text", "name": "a", "label": "A"}] * 2}, "fields.1.name", "There are two fields 'a'."),
        ({"fields": [{"type": "text", "name": f"a{n}", "label": "A"} for n in range(51)]}, "fields", "The fields field may not have more than 50 items."),
    ],
)  # fmt: skip
def test_invalid_intervention_is_refused(
    shop: Shop, change: dict[str, Any], field: str, error: str
) -> None:
    good = {**DISCOUNT, "name": "good", "remote_epilog_url": NOWHERE}
    reply = shop.post(f"{INTERVENTIONS}/create", {**good, **change})
    assert refusal(reply) == (422, error, {field: [error]})
    assert "good" not in json.dumps(answer(shop, INTERVENTIONS, {}))


def test_decision_stores_the_edited_values_and_the_answer(shop: Shop) -> None:
    number = shop.ask("to-decide")
    decision = {"ticket_number": number, "content": "You get it.",
                "data": {"price": "89.90", "accept": "true"}}  # fmt: skip
    decided = data_of(shop, DECIDE, decision)
    found = shown(shop, number)
    answer_id = int(found["responses"][-1]["id"])
    assert decided == {
        "ticket_id": int(found["ticket"]["id"]), "ticket_number": number,
        "intervention": "discount_request", "uid": "to-decide", "response_id": answer_id,
        "data": {"customer": "Marcus", "price": 89.9, "accept": True}, "callback_id": None,
    }  # fmt: skip
    assert [row["html"] for row in found["responses"]][2:] == ["You get it."]


def test_decision_repeated_is_replayed_and_changed_is_refused(shop: Shop) -> None:
    number = shop.ask()
    decision = {"ticket_number": number, "data": {"accept": True}, "content": "Yes."}
    first = data_of(shop, DECIDE, decision)
    assert data_of(shop, DECIDE, decision) == first
    assert data_of(shop, DECIDE, {**decision, "data": {"accept": "1", "price": 99.5}}) == first
    others = ({"data": {"accept": False}}, {"content": "No."}, {"content": None},
              {"data": {"price": "much"}})  # fmt: skip
    for other in others:
        status, said, _ = refusal(shop.post(DECIDE, {**decision, **other}))
        assert status == 409
        assert said.startswith(f"Ticket {number} was decided at 20")
        assert said.endswith(" by system@localhost; a decision is final.")
    assert len(shown(shop, number)["responses"]) == 3


def test_decisions_sent_at_once_have_one_winner(shop: Shop) -> None:
    number, barrier, replies = shop.ask(), threading.Barrier(8), []

    def decide(price: int) -> None:
        barrier.wait()
        decision = {"ticket_number": number, "data": {"price": price}, "content": f"{price}."}
        replies.append(shop.post(DECIDE, decision)[0])

    threads = [threading.Thread(target=decide, args=(price,)) for price in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(replies) == [200] + [409] * 7
    assert len(shown(shop, number)["responses"]) == 3


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"price": "much"}, {"data.price": ["The data.price field must be a number."]}),
        ({"price": True}, {"data.price": ["The data.price field must be a number."]}),
        ({"price": None}, {"data.price": ["The data.price field is required."]}),
        ({"accept": "maybe"}, {"data.accept": ["The data.accept field must be true or false."]}),
        (
            {"prize": 1, "accept": []},
            {
                "data.prize": ["The data.prize field is not on the form, which has: price, accept."],
                "data.accept": ["The data.accept field must be true or false."],
            },
        ),
    ],
)  # fmt: skip
def test_decision_that_does_not_fit_the_form_is_refused(
    shop: Shop, data: Any, errors: dict[str, list[str]]
) -> None:
    number = shop.ask()
    decision = {"ticket_number": number, "data": data, "content": "Yes."}
    first, *_ = errors.values()
    assert refusal(shop.post(DECIDE, decision)) == (422, first[0], errors)
    assert len(shown(shop, number)["responses"]) == 2
    assert shop.post(DECIDE, {"ticket_number": number})[0] == 200


def test_decision_needs_a_ticket_of_an_intervention(shop: Shop) -> None:
    ticket = {"originator_email_address": "a@b.example", "data": {"subject": "s", "content": "c"}}
    number = data_of(shop, CREATE, ticket, "plain")["ticket_number"]
    said = f"Ticket {number} does not belong to an intervention."
    reply = shop.post(DECIDE, {"ticket_number": number})
    assert refusal(reply) == (422, said, {"ticket_number": [said]})
    assert code_of(shop.post(DECIDE, {"ticket_number": 9})) == (404, "ticket_not_found")


def test_intervention_with_open_requests_is_not_deleted(shop: Shop) -> None:
    new = {**DISCOUNT, "name": "waited", "remote_epilog_url": NOWHERE, "fields": []}
    answer(shop, f"{INTERVENTIONS}/create", new)
    template = {"type": "intervention", "identifier": "waited.private", "subject": "s"}
    answer(shop, "/api/v1/templates/create", {**template, "content": "c"})
    number = shop.ask(intervention="waited")
    (found,) = [
        one for one in answer(shop, INTERVENTIONS, {})["interventions"] if one["name"] == "waited"
    ]
    gone = {"intervention_id": found["id"]}
    refused = refusal(shop.post(f"{INTERVENTIONS}/delete", gone))
    assert refused[:2] == (409, "Intervention 'waited' still has 1 tickets to decide.")
    unsigned = refusal(shop.post(DECIDE, {"ticket_number": number}))
    assert unsigned[:2] == (
        409,
        "Intervention 'waited' has no token that signs its callbacks; make one first: tickiti intervention token waited",
    )
    answer(shop, f"{INTERVENTIONS}/update", {**gone, "remote_enabled": False})
    data_of(shop, DECIDE, {"ticket_number": number, "data": {"anything": ["goes"]}})
    assert answer(shop, f"{INTERVENTIONS}/delete", gone) == {"ok": True}
    again = data_of(shop, DECIDE, {"ticket_number": number, "data": {"anything": ["goes"]}})
    assert again["data"] == {"customer": "Marcus", "price": 99.5, "anything": ["goes"]}


def test_final_text_without_a_value_is_refused_at_the_decision(shop: Shop) -> None:
    new = {**DISCOUNT, "name": "final", "remote_epilog_url": NOWHERE, "fields": []}
    answer(shop, f"{INTERVENTIONS}/create", new)
    for part, content in (("private", "c"), ("final", "{{reason}}")):
        template = {"type": "intervention", "identifier": f"final.{part}", "subject": "s"}
        answer(shop, "/api/v1/templates/create", {**template, "content": content})
    (found,) = [
        one for one in answer(shop, INTERVENTIONS, {})["interventions"] if one["name"] == "final"
    ]
    remote = {"intervention_id": found["id"], "remote_name": "shop"}
    answer(shop, f"{INTERVENTIONS}/generate-token", remote)
    number = shop.ask(intervention="final")
    status, said, errors = refusal(shop.post(DECIDE, {"ticket_number": number}))
    assert (status, said) == (422, "The data has no value for reason.")
    assert [*errors] == ["data.reason"]
    assert len(shown(shop, number)["responses"]) == 1


def test_replaced_secret_signs_for_one_more_day(tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    prepare.prepare(database, demo=False, known_token=None)

    async def told() -> list[Sequence[str]]:
        opened = open_database(database)
        columns = {**DISCOUNT, "queue_id": 1, "fields": "[]", "remote_epilog_url": NOWHERE}
        columns |= {"remote_disabled_reason": None}
        del columns["queue_name"]
        await opened.write(lambda tx: stored.insert_intervention(tx, columns, now=0))
        for at, secret in enumerate(("first", "second")):
            replace = partial(
                stored.replace_secret, intervention_id=1, remote_name="r", secret=secret,
                now=at, until=at + interventions.OVERLAP,
            )  # fmt: skip
            await opened.write(replace)
        moments = (2, 1 + DAY, 2 + DAY)
        found = [
            await opened.read(partial(stored.list_secrets, intervention_id=1, now=now))
            for now in moments
        ]
        await opened.close()
        return found

    both = ["second", "first"]
    assert asyncio.run(told()) == [both, both, ["second"]]


def test_an_epilog_url_may_have_2048_characters(shop: Shop) -> None:
    def reply_to(length: int) -> int:
        url = "https://a.example/".ljust(length, "x")
        new = {"name": f"far {length}", "title": "t", "queue_name": "Inbox"}
        status: int = shop.post(f"{INTERVENTIONS}/create", {**new, "remote_epilog_url": url})[0]
        return status

    assert reply_to(2048) == 200
    assert reply_to(2049) == 422


@pytest.mark.parametrize("way", ["ticket_number", "ticket_id", "uid"])
def test_accept_decides_on_a_ticket_named_in_one_of_three_ways(shop: Shop, way: str) -> None:
    uid = f"accepted by {way}"
    number = shop.ask(uid)
    ticket_id = int(shown(shop, number)["ticket"]["id"])
    named: dict[str, Any] = {
        "ticket_number": {"ticket_number": number},
        "ticket_id": {"ticket_id": str(ticket_id)},
        "uid": {"intervention": "discount_request", "uid": uid},
    }[way]
    decided = data_of(shop, ACCEPT, {**named, "data": {"accept": True}, "content": "Yes."})
    answer_id = int(shown(shop, number)["responses"][-1]["id"])
    assert decided == {
        "ticket_id": ticket_id, "ticket_number": number, "intervention": "discount_request",
        "uid": uid, "response_id": answer_id, "callback_id": None,
        "data": {"customer": "Marcus", "price": 99.5, "accept": True},
    }  # fmt: skip
    again = {"ticket_number": number, "data": {"accept": True}, "content": "Yes."}
    assert data_of(shop, DECIDE, again) == decided
    other = {**named, "data": {"accept": False}}
    assert code_of(shop.post(ACCEPT, other)) == (409, "conflict")


def test_accept_without_values_decides_the_request_as_it_stands(shop: Shop) -> None:
    number = shop.ask()
    decided = data_of(shop, ACCEPT, {"ticket_number": number})
    assert decided["data"] == {"customer": "Marcus", "price": 99.5, "accept": False}
    assert data_of(shop, ACCEPT, {"ticket_number": number}) == decided


def test_accept_without_a_known_request_is_refused(shop: Shop) -> None:
    ticket = {"originator_email_address": "a@b.example", "data": {"subject": "s", "content": "c"}}
    plain = data_of(shop, CREATE, ticket, str(uuid4()))["ticket_number"]
    assert code_of(shop.post(ACCEPT, {"ticket_number": plain})) == (422, "validation_failed")
    assert code_of(shop.post(ACCEPT, {"ticket_number": 9})) == (404, "ticket_not_found")
    nobody = {"intervention": "discount_request", "uid": "never asked"}
    assert code_of(shop.post(ACCEPT, nobody)) == (404, "ticket_not_found")
    unknown = {"intervention": "nope", "uid": "1"}
    assert code_of(shop.post(ACCEPT, unknown)) == (422, "intervention_not_found")
    for body in (
        {}, {"uid": "1"}, {"intervention": "discount_request"},
        {"ticket_number": 1, "ticket_id": 1}, {"ticket_number": 1, **nobody},
    ):  # fmt: skip
        status, _, errors = refusal(shop.post(ACCEPT, body))
        assert (status, [*errors]) == (422, ["ticket_number"])


def test_accept_by_uid_does_not_tell_the_number_of_an_unseen_ticket(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    try:
        number = a_request(place, {})["ticket_number"]
        uid = place.value("SELECT uid FROM review")
        token = staff_with(place, "Vera", can_view=False)

        def refused(uid: str) -> tuple[int, str, str]:
            body = {"intervention": "discount_request", "uid": uid}
            return users.refused(place, ACCEPT, body, token)

        status, code, message = refused(uid)
        assert (status, code) == (404, "ticket_not_found")
        assert str(number) not in message
        assert message.replace(uid, "never asked") == refused("never asked")[2]
    finally:
        place.stop()


def test_accept_by_a_customer_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    try:
        number = a_request(place, {})["ticket_number"]
        token = users.token_of(place, "Marcus", Role.ANY)
        status, code, _ = users.refused(place, ACCEPT, {"ticket_number": number}, token)
        assert (status, code) == (403, "role_required")
        assert place.post(ACCEPT, {"ticket_number": number})[0] == 200
    finally:
        place.stop()


def test_decision_is_recorded_in_the_audit(shop: Shop) -> None:
    number = shop.ask()
    data_of(shop, DECIDE, {"ticket_number": number, "data": {"price": 90}})
    last = shown(shop, number)["responses"][-1]
    assert (last["is_audit_only"], last["html"]) == (True, "")
    (entry,) = last["audit"]
    assert (entry["what"], entry["from"], entry["by"]) == ("decided", None, "system@localhost")
    assert entry["to"] == {"customer": "Marcus", "price": 90, "accept": False}


def test_answer_of_a_decision_ends_a_hold_and_records_it(shop: Shop) -> None:
    number = shop.ask()
    held = {"ticket_number": number, "from_email": "system@localhost"}
    held |= {"status": "on-hold", "on_hold_until": "2099-01-01"}
    data_of(shop, "/api/v1/tickets/respond", held, "held")
    data_of(shop, DECIDE, {"ticket_number": number, "content": "You get it."})
    last = shown(shop, number)["responses"][-1]
    assert (last["is_audit_only"], last["plain_text"]) == (False, "You get it.")
    changed = [(entry["what"], entry["from"], entry["to"]) for entry in last["audit"][1:]]
    assert changed == [("status", "on-hold", "open"), ("on_hold_until", "2099-01-01", None)]


def test_decision_without_an_answer_leaves_the_status(shop: Shop) -> None:
    number = shop.ask()
    closed = {"ticket_number": number, "from_email": "system@localhost", "status": "closed"}
    data_of(shop, "/api/v1/tickets/respond", closed, "closed")
    data_of(shop, DECIDE, {"ticket_number": number})
    assert shown(shop, number)["ticket"]["status"] == "closed"
