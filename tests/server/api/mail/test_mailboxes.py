"""A mailbox keeps what an update leaves out, and loses what it clears."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place

V1 = "/api/v1/mail/mailboxes"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("mailboxes"))
    found.start()
    yield found
    found.stop()


def answered(place: Place, path: str, body: Any) -> Any:
    status, _, raw = place.post(f"{V1}{path}", body, str(uuid4()))
    assert status == 200, raw
    return json.loads(raw)


@pytest.mark.parametrize("absent", [None, "", "  "])
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("from_name", "Sole Trader"), ("pop_host", "pop.sole-trader.example"), ("pop_port", 995),
        ("smtp_host", "smtp.sole-trader.example"), ("smtp_port", 587), ("smtp_user", "anna"),
    ],
)  # fmt: skip
def test_null_and_an_empty_text_clear_a_member(
    place: Place, member: str, value: object, absent: str | None
) -> None:
    new = {"name": f"M {uuid4().hex}", "address": "anna@b.example", member: value}
    mailbox_id = answered(place, "/create", new)["mailbox_id"]
    before = answered(place, "", {})["mailboxes"][-1]
    assert before[member] == value
    answered(place, "/update", {"mailbox_id": mailbox_id, member: absent})
    assert answered(place, "", {})["mailboxes"][-1] == {**before, member: None}
