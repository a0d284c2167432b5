"""Reports agree with a count of the same data in Python, right to the ticket."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import mean, median
from typing import Any

import pytest

from tests.support.databases import execute, execute_many
from tests.support.place import Place
from tests.support.users import answered, refused, token_of
from tickiti_cli.contract.endpoint import Role

V1 = "/api/v1/reports"
DAY, MINUTE = 86_400_000_000, 60_000_000
BEGIN, END = date(2025, 11, 20), date(2026, 2, 10)
RANGE = {"date_from": "2025-12-01", "date_to": "2026-01-31"}
TICKETS = 150
STAFF = (101, 102)
CUSTOMER = 103

_PERSON = """
INSERT INTO person (id, email, email_key, role, name, created_at)
VALUES (:id, :email, :email, :role, :name, 0)
"""
_CATEGORY = """
INSERT INTO resolution_category (name, name_key, colour, position)
VALUES (:name, :key, '#fff', :position)
"""
_TICKET = """
INSERT INTO ticket (id, number, secure_id, subject, queue_id, originator_id, status, priority,
                    created_at, updated_at, closed_at, deleted_at, resolution_id)
VALUES (:id, :number, '', 's', :queue_id, 103, :status, 20, :created_at, :created_at, :closed_at,
        :deleted_at, :resolution_id)
"""
_RESPONSE = """
INSERT INTO response (ticket_id, author_id, html, text, is_internal, staff_response, is_audit_only,
                      deleted_at, audit, created_at, updated_at)
VALUES (:ticket_id, :author_id, 'x', 'x', :is_internal, :staff_response, :is_audit_only,
        :deleted_at, :audit, :created_at, :created_at)
"""


def moment(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


def day_of(when: int) -> date:
    return datetime.fromtimestamp(when // 1_000_000, UTC).date()


def audit(before: str, after: str) -> str:
    entry = {"what": "status", "from": before, "to": after, "by": "x@b.example", "at": "t"}
    subject = {"what": "subject", "from": '"what": "status", "from": "open", "to": "closed"'}
    return json.dumps([subject, entry])


class Data:
    """Randomly made tickets and responses, as rows of the database."""

    def __init__(self, seed: int) -> None:
        self.drawn = random.Random(seed)
        self.tickets = [self.ticket(n) for n in range(1, TICKETS + 1)]
        self.responses = [row for ticket in self.tickets for row in self.thread(ticket)]

    def when(self, first: int, last: int) -> int:
        # Midnight is where a day may be counted wrong.
        at = self.drawn.randrange(first, last)
        return at - at % DAY if self.drawn.random() < 0.2 and at - at % DAY > first else at

    def ticket(self, number: int) -> dict[str, Any]:
        created = self.when(moment(BEGIN), moment(END))
        is_closed = self.drawn.random() < 0.6
        return {
            "id": 1000 + number,
            "number": 300_000 + number,
            "queue_id": self.drawn.choice((1, 2, 3)),
            "status": "closed" if is_closed else self.drawn.choice(("open", "on-hold")),
            "resolution_id": self.drawn.choice((None, 1, 2)) if is_closed else None,
            "created_at": created,
            "closed_at": self.when(created, moment(END) + 5 * DAY) if is_closed else None,
            "deleted_at": created if self.drawn.random() < 0.1 else None,
        }

    def thread(self, ticket: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for place in range(self.drawn.randrange(1, 6)):
            author = self.drawn.choice((*STAFF, CUSTOMER))
            when = ticket["created_at"] + (self.drawn.randrange(20 * DAY) if place else 0)
            yield self.response(ticket, author, when)
        if ticket["status"] == "closed":
            for _ in range(self.drawn.randrange(3)):
                author = self.drawn.choice((*STAFF, CUSTOMER))
                row = self.response(ticket, author, ticket["closed_at"])
                before = self.drawn.choice(("open", "on-hold"))
                is_only = self.drawn.random() < 0.5
                yield {**row, "audit": audit(before, "closed"), "is_audit_only": int(is_only)}

    def response(self, ticket: dict[str, Any], author: int, when: int) -> dict[str, Any]:
        return {
            "ticket_id": ticket["id"],
            "author_id": author,
            "is_internal": int(self.drawn.random() < 0.3),
            "staff_response": int(author in STAFF),
            "is_audit_only": int(self.drawn.random() < 0.1),
            "deleted_at": when if self.drawn.random() < 0.1 else None,
            "audit": audit("closed", "open") if self.drawn.random() < 0.2 else None,
            "created_at": when,
        }

    def store(self, place: Place) -> None:
        people = [
            {
                "id": id_,
                "email": f"p{id_}@b.example",
                "role": role,
                "name": f"P {id_}" if role else None,
            }
            for id_, role in ((101, 1), (102, 2), (103, 0))
        ]
        categories = [
            {"name": name, "key": name.lower(), "position": position}
            for name, position in (("Refunded", 2), ("Replaced", 1), ("Lost", 3))
        ]
        for sql, rows in (
            (_PERSON, people),
            (_CATEGORY, categories),
            (_TICKET, self.tickets),
            (_RESPONSE, self.responses),
        ):
            execute_many(place.database, sql, rows)


class Counted:
    """The same reports, counted without the server."""

    def __init__(self, data: Data, queues: tuple[int, ...] = (1, 2, 3)) -> None:
        self.tickets = [
            ticket for ticket in data.tickets
            if ticket["deleted_at"] is None and ticket["queue_id"] in queues
        ]  # fmt: skip
        ids = {ticket["id"] for ticket in self.tickets}
        self.all = [row for row in data.responses if row["ticket_id"] in ids]
        self.responses = [
            row for row in self.all if row["deleted_at"] is None and not row["is_audit_only"]
        ]
        self.first, self.last = date(2025, 12, 1), date(2026, 1, 31)

    def within(self, when: int | None) -> bool:
        return when is not None and self.first <= day_of(when) <= self.last

    def label(self, when: int, grouping: str) -> str:
        return label_of(day_of(when), grouping)

    def labels(self, grouping: str) -> list[str]:
        count = (self.last - self.first).days + 1
        days = [self.first + timedelta(days=n) for n in range(count)]
        return list(dict.fromkeys(label_of(day, grouping) for day in days))

    def counts(self, times: list[int | None], grouping: str) -> list[int]:
        found = [self.label(when, grouping) for when in times if when and self.within(when)]
        return [found.count(label) for label in self.labels(grouping)]

    def volumes(self, grouping: str) -> list[dict[str, Any]]:
        columns = (
            self.labels(grouping),
            self.counts([ticket["created_at"] for ticket in self.tickets], grouping),
            self.counts([ticket["closed_at"] for ticket in self.tickets], grouping),
            self.counts([row["created_at"] for row in self.responses], grouping),
        )
        names = ("period", "created", "closed", "responses")
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    def waited(self, ticket: dict[str, Any]) -> float | None:
        thread = [row for row in self.all if row["ticket_id"] == ticket["id"]]
        answers = [
            row["created_at"] for row in thread[1:]
            if row["staff_response"] and not row["is_internal"] and not row["is_audit_only"]
            and row["deleted_at"] is None
        ]  # fmt: skip
        return max(0, min(answers) - ticket["created_at"]) / MINUTE if answers else None

    def response_times(self, grouping: str) -> list[dict[str, Any]]:
        found = []
        for label in self.labels(grouping):
            tickets = [
                ticket for ticket in self.tickets
                if self.within(ticket["created_at"])
                and self.label(ticket["created_at"], grouping) == label
            ]  # fmt: skip
            waits = [wait for wait in map(self.waited, tickets) if wait is not None]
            found.append({
                "period": label, "tickets": len(tickets), "answered": len(waits),
                "first_response_minutes_median": median(waits) if waits else None,
                "first_response_minutes_mean": mean(waits) if waits else None,
            })  # fmt: skip
        return found

    def agents(self) -> dict[str, tuple[int, int, int, int]]:
        found = {}
        for person in STAFF:
            own = [
                row for row in self.responses
                if row["author_id"] == person and self.within(row["created_at"])
            ]  # fmt: skip
            notes = sum(row["is_internal"] for row in own)
            tickets = len({row["ticket_id"] for row in own})
            closed = sum(self.closer(ticket) == person for ticket in self.tickets)
            found[str(person)] = (len(own) - notes, notes, tickets, closed)
        return found

    def closer(self, ticket: dict[str, Any]) -> int | None:
        if not self.within(ticket["closed_at"]):
            return None
        closings = [
            row["author_id"] for row in self.all
            if row["ticket_id"] == ticket["id"] and row["audit"]
            and json.loads(row["audit"])[1]["to"] == "closed"
        ]  # fmt: skip
        return closings[-1] if closings else None


def label_of(day: date, grouping: str) -> str:
    if grouping == "week":
        return f"{day:%G-W%V}"
    return f"{day:%Y-%m}" if grouping == "month" else f"{day:%Y-%m-%d}"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("reports"))
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def data(place: Place) -> Data:
    found = Data(seed=7)
    found.store(place)
    return found


def report(place: Place, name: str, body: Any = None, token: str | None = None) -> Any:
    return answered(place, f"{V1}/{name}", {**RANGE, **(body or {})}, token)


@pytest.mark.parametrize("grouping", ["day", "week", "month"])
@pytest.mark.parametrize("queues", [(1, 2, 3), (2,), (1, 3)])
def test_volumes_equal_an_independent_count(
    place: Place, data: Data, grouping: str, queues: tuple[int, ...]
) -> None:
    only = {} if len(queues) == 3 else {"queue_id": list(queues) if len(queues) > 1 else queues[0]}
    found = report(place, "volumes", {"group_by": grouping, **only})
    expected = Counted(data, queues).volumes(grouping)
    assert found == {**RANGE, "group_by": grouping, "rows": expected}
    assert sum(row["created"] for row in expected) > 5


@pytest.mark.parametrize("grouping", ["day", "week", "month"])
def test_response_times_equal_an_independent_count(place: Place, data: Data, grouping: str) -> None:
    found = report(place, "response-times", {"group_by": grouping})
    expected = Counted(data).response_times(grouping)
    for row, other in zip(found["rows"], expected, strict=True):
        assert row == pytest.approx(other, abs=0.006)
    assert sum(row["answered"] for row in expected) > 20


def test_response_times_by_day_over_a_year_stay_right(place: Place, data: Data) -> None:
    wide = {"date_from": "2025-06-15", "date_to": "2026-08-01"}
    for grouping in ("day", "week"):
        found = report(place, "response-times", {**wide, "group_by": grouping})["rows"]
        counted = Counted(data)
        counted.first, counted.last = date(2025, 6, 15), date(2026, 8, 1)
        expected = counted.response_times(grouping)
        for row, other in zip(found, expected, strict=True):
            assert row == pytest.approx(other, abs=0.006)


def test_resolutions_equal_an_independent_count(place: Place, data: Data) -> None:
    counted = Counted(data)
    ids = [t["resolution_id"] for t in counted.tickets if counted.within(t["closed_at"])]
    names = {2: "Replaced", 1: "Refunded", 3: "Lost", None: None}
    assert report(place, "resolutions")["rows"] == [
        {"resolution_id": str(key) if key else None, "name": name, "tickets": ids.count(key)}
        for key, name in names.items()
    ]


def test_agent_activity_equals_an_independent_count(place: Place, data: Data) -> None:
    found = report(place, "agent-activity")["rows"]
    names = ("responses", "notes", "tickets", "closed")
    counts = {row["user_id"]: tuple(row[name] for name in names) for row in found}
    assert counts == Counted(data).agents()
    assert all(sum(row) > 0 for row in counts.values())
    assert found[0]["name"] == "P 101"


def test_reports_of_an_admin_leave_unseen_queues_out(place: Place, data: Data) -> None:
    token = token_of(place, "Admin", Role.ADMIN)
    person = "(SELECT id FROM person WHERE name = 'Admin')"
    execute(place.database, f"DELETE FROM queue_right WHERE queue_id = 2 AND person_id = {person}")
    found = report(place, "volumes", {"group_by": "month"}, token)["rows"]
    assert found == Counted(data, (1, 3)).volumes("month")
    seen = [row["id"] for row in answered(place, f"{V1}/meta", {}, token)["queues"]]
    assert "2" not in seen
    assert len(answered(place, f"{V1}/meta", {})["queues"]) == len(seen) + 1


def test_report_without_dates_is_about_the_last_30_days(place: Place, data: Data) -> None:
    found = answered(place, f"{V1}/volumes", {})
    today = datetime.now(UTC).date()
    assert found["date_to"] == today.isoformat()
    assert found["date_from"] == (today - timedelta(days=29)).isoformat()
    assert len(found["rows"]) == 30
    assert data.tickets


def test_report_takes_from_and_to_as_synonyms(place: Place, data: Data) -> None:
    synonyms = {"from": RANGE["date_from"], "to": RANGE["date_to"], "group_by": "month"}
    found = answered(place, f"{V1}/volumes", synonyms)
    assert found == report(place, "volumes", {"group_by": "month"})
    assert data.tickets
    both = {**RANGE, "to": "2026-02-01"}
    code, message = refused(place, f"{V1}/volumes", both)[1:]
    assert (code, message) == (
        "validation_failed", "The to field differs from date_to; send one of them."
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"date_from": "2026-02-02", "date_to": "2026-02-01"},
         "The date_to field must not be before date_from."),
        ({"date_from": "9000-01-01"}, "The date_from field must not be after today."),
        ({"date_from": "2010-01-01", "date_to": "2026-01-01"},
         "The range may not have more than 3660 days."),
        ({"group_by": "year"}, "The group_by field must be 'day', 'week' or 'month'."),
        ({"queue_id": "Sales"}, "The queue_id.0 field must be an integer."),
    ],
)  # fmt: skip
def test_report_with_a_bad_member_is_refused(
    place: Place, body: dict[str, Any], sentence: str
) -> None:
    assert refused(place, f"{V1}/volumes", body) == (422, "validation_failed", sentence)


def test_report_at_the_ends_of_the_calendar_is_answered(place: Place) -> None:
    for body in ({"date_to": "0001-01-05"}, {"date_from": "9999-12-01", "date_to": "9999-12-31"}):
        for grouping in ("day", "week", "month"):
            whole = {**body, "group_by": grouping}
            assert answered(place, f"{V1}/volumes", whole)["rows"]
            assert answered(place, f"{V1}/response-times", whole)["rows"]


def test_closing_through_the_api_counts_for_its_agent(place: Place) -> None:
    token = token_of(place, "Closer", Role.ADMIN)
    body = {"originator_email_address": "a@b.example", "data": {"subject": "s", "content": "c"}}
    number = json.loads(place.post("/api/v1/tickets", body, "k1")[2])["data"]["ticket_number"]
    close = {"ticket_number": number, "content": "Done."}
    status, _, raw = place.post("/api/v1/tickets/close", close, "k2", token=token)
    assert status == 200, raw
    found = answered(place, f"{V1}/agent-activity", {})["rows"]
    (row,) = [row for row in found if row["name"] == "Closer"]
    assert (row["responses"], row["notes"], row["tickets"], row["closed"]) == (1, 0, 1, 1)
