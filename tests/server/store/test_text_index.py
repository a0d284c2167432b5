"""The index of texts follows every change of the rows, behind the writes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tickiti_cli.contract.errors import Overloaded
from tickiti_server.api.search.search_modes import MODES, Wanted
from tickiti_server.rendering.case_folding import folded
from tickiti_server.store.interface import TextPart
from tickiti_server.store.open import prepare_database
from tickiti_server.store.search import clauses, counts, near_hits, plans
from tickiti_server.store.search import tickets as search
from tickiti_server.store.search.conditions import Conditions
from tickiti_server.store.search.orders import BY_ACTIVITY
from tickiti_server.store.sqlite.connection import connect_writer
from tickiti_server.store.sqlite.indexing import steps, text_index
from tickiti_server.store.sqlite.read_limits import ReadingTransaction

pytestmark = pytest.mark.sqlite  # the index in a file


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "t.db"
    prepare_database(path)
    with closing(connect_writer(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        yield connection


def add_ticket(desk: sqlite3.Connection, ticket: int, subject: str, *texts: str) -> None:
    desk.execute(
        "INSERT INTO ticket (id, number, secure_id, subject, queue_id, originator_id, status,"
        " priority, created_at, updated_at) VALUES (?1, ?1, '', ?2, 1, 1, 'open', 20, 0, 0)",
        (ticket, subject),
    )
    for text in texts:
        add_response(desk, ticket, text)


def add_response(desk: sqlite3.Connection, ticket: int, text: str) -> None:
    desk.execute(
        "INSERT INTO response (ticket_id, author_id, html, text, is_internal, staff_response,"
        " created_at, updated_at) VALUES (?1, 1, ?2, ?2, 0, 0, 0, 0)",
        (ticket, text),
    )


def read(desk: sqlite3.Connection) -> steps.Step | None:
    """The next step, ready to be written. None: nothing is left to index."""
    texts = steps.read_texts(ReadingTransaction(desk))
    return None if texts.is_empty else steps.fold(texts)


def index(desk: sqlite3.Connection) -> None:
    while step := read(desk):
        steps.write_step(ReadingTransaction(desk), step)


def candidates(desk: sqlite3.Connection, *needles: str, part: TextPart = "anywhere") -> set[int]:
    """What the index finds, the tail included."""
    conditions = Conditions(1)
    tx = ReadingTransaction(desk)
    sql = tx.text_index.candidates(part=part, needles=needles, bind=conditions.bind)
    return {row["id"] for row in tx.all(sql, conditions.values)}


def found(desk: sqlite3.Connection, mode: str, *tokens: str) -> list[int]:
    conditions = Conditions(1)
    conditions.clauses.append(clauses.is_there())
    MODES[mode].narrow_to(conditions, [Wanted(tokens, all_match=True)])
    rows = search.list_tickets(
        ReadingTransaction(desk), conditions, order=BY_ACTIVITY, after=None, limit=50
    )
    return sorted(row["number"] for row in rows)


def tail(desk: sqlite3.Connection) -> int:
    progress = ReadingTransaction(desk).text_index.progress()
    return progress.total - progress.done


def test_three_characters_find_the_indexed_ticket_and_read_no_other(
    desk: sqlite3.Connection,
) -> None:
    add_ticket(desk, 1, "Printer", "It burns")
    add_ticket(desk, 2, "Scanner", "It smokes")
    assert (candidates(desk, "rin"), tail(desk)) == ({1, 2}, 4)
    index(desk)
    assert tail(desk) == 0
    assert candidates(desk, "rin", part="subject") == candidates(desk, "rin") == {1}
    assert candidates(desk, "burn", part="subject") == candidates(desk, "rin", "smo") == set()
    assert candidates(desk, "rinter", "burns") == {1}


@pytest.mark.parametrize(
    "needle", ["s", "ns", "r", "b", "it", "ß", "京", "\U0001d4b3", "x\x01", "\x00", "\ufffe"]
)
def test_one_or_two_characters_are_found_by_the_index_anywhere_in_a_text(
    desk: sqlite3.Connection, needle: str
) -> None:
    add_ticket(desk, 1, "Printer", "It burns", f"a{needle}")
    add_ticket(desk, 2, "Quod", "q")
    index(desk)
    assert candidates(desk, folded(needle)) == {1}


def test_changed_texts_are_found_before_and_after_the_index_follows(
    desk: sqlite3.Connection,
) -> None:
    add_ticket(desk, 1, "Printer", "It burns", "Still")
    index(desk)
    desk.execute("UPDATE response SET html = 'smoke', text = 'smoke' WHERE id = 1")
    desk.execute("UPDATE ticket SET subject = 'Scanner' WHERE id = 1")
    for _ in range(2):
        assert found(desk, "content", "smoke") == found(desk, "subject", "scan") == [1]
        assert found(desk, "content", "burns") == found(desk, "subject", "print") == []
        assert found(desk, "subject_content", "scan", "still") == [1]
        index(desk)
    assert candidates(desk, "smoke") == candidates(desk, "scan", part="subject") == {1}


def test_deleted_and_restored_texts_are_hidden_and_found_again(desk: sqlite3.Connection) -> None:
    add_ticket(desk, 1, "Printer", "It burns", "It smokes")
    index(desk)
    desk.execute("UPDATE response SET deleted_at = 1 WHERE id = 1")
    assert (found(desk, "content", "burns"), found(desk, "content", "smokes")) == ([], [1])
    desk.execute("UPDATE ticket SET deleted_at = 1")
    assert found(desk, "content", "smokes") == []
    desk.execute("UPDATE ticket SET deleted_at = NULL")
    desk.execute("UPDATE response SET deleted_at = NULL")
    assert found(desk, "content", "burns", "smokes") == [1]


def test_rows_that_replace_others_are_found(desk: sqlite3.Connection) -> None:
    """A server in test mode is reset, and its ids begin again."""
    add_ticket(desk, 1, "Printer", "It burns")
    add_ticket(desk, 2, "Scanner", "It smokes")
    index(desk)
    desk.execute("DELETE FROM response")
    desk.execute("DELETE FROM ticket")
    assert found(desk, "content", "burns") == []
    add_ticket(desk, 1, "Telephone", "It rings")
    for _ in range(2):
        assert found(desk, "content", "rings") == found(desk, "subject", "phone") == [1]
        index(desk)
    assert candidates(desk, "rings") == {1}


def test_step_whose_rows_were_replaced_meanwhile_is_not_written(desk: sqlite3.Connection) -> None:
    add_ticket(desk, 1, "Printer", "It burns")
    step = read(desk)
    assert step is not None
    desk.execute("DELETE FROM response")
    add_response(desk, 1, "It rings")
    steps.write_step(ReadingTransaction(desk), step)
    assert tail(desk) == 2
    index(desk)
    assert candidates(desk, "rings") == {1}
    steps.write_step(ReadingTransaction(desk), step)
    assert tail(desk) == 0


def test_response_that_moves_is_found_on_its_new_ticket(desk: sqlite3.Connection) -> None:
    add_ticket(desk, 1, "Printer", "It burns")
    add_ticket(desk, 2, "Scanner")
    index(desk)
    desk.execute("UPDATE response SET ticket_id = 2")
    assert found(desk, "content", "burns") == [2]
    index(desk)
    assert (found(desk, "content", "burns"), tail(desk)) == ([2], 0)


def test_long_text_is_indexed_once_a_word(
    desk: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "LONG", 50)
    add_ticket(desk, 1, "Printer", "It burns. " * 100 + "The end")
    index(desk)
    for needle in ("burns", "ns. it", "end", "nd", "d"):
        assert candidates(desk, needle) == {1}, needle
    assert candidates(desk, "rnt") == set()
    assert len(steps.entry(["a" * 1000])) < 40


def test_text_rendered_later_is_indexed_and_no_change(desk: sqlite3.Connection) -> None:
    add_ticket(desk, 1, "Printer", "x")
    desk.execute("UPDATE response SET html = '<p>R&amp;D bu<b>rns</b></p>', text = NULL")
    index(desk)
    assert (candidates(desk, "r&d"), candidates(desk, "burns")) == ({1}, {1})
    assert candidates(desk, "amp") == candidates(desk, "<p>") == set()
    desk.execute("UPDATE response SET text = 'R&D burns'")
    assert candidates(desk, "amp") == set()


def test_search_without_index_is_refused_with_the_share_that_is_done(
    desk: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_index, "MOST_TAIL", 3)
    monkeypatch.setattr(steps, "BATCH", 2)
    for ticket in range(1, 6):
        add_ticket(desk, ticket, "Printer", "It burns")
    step = read(desk)
    assert step is not None
    steps.write_step(ReadingTransaction(desk), step)
    with pytest.raises(Overloaded, match=r"being built: 40 % of it is done"):
        found(desk, "content", "burns")
    conditions = Conditions(1)
    MODES["content"].narrow(conditions, ["burns"])
    MODES["ticket_number"].narrow(conditions, [3])
    rows = search.list_tickets(
        ReadingTransaction(desk), conditions, order=BY_ACTIVITY, after=None, limit=50
    )
    assert [row["number"] for row in rows] == [3]
    index(desk)
    assert found(desk, "content", "burns") == [1, 2, 3, 4, 5]


def test_rare_text_reads_its_tickets_and_a_common_one_the_list(
    desk: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "FEW", 2)
    for ticket in range(1, 30):
        add_ticket(desk, ticket, "Printer", "It burns" if ticket % 10 else "It smokes")
    index(desk)
    tx = ReadingTransaction(desk)
    for token, is_rare in (("smokes", True), ("burns", False)):
        conditions = Conditions(1)
        MODES["content"].narrow(conditions, [token])
        assert (plans.choose(tx, conditions).source is not None) == is_rare


def looked_up(desk: sqlite3.Connection, needle: str) -> list[str]:
    """The words of the index by which a text is looked up."""
    conditions = Conditions(1)
    tx = ReadingTransaction(desk)
    tx.text_index.candidates(part="anywhere", needles=[needle], bind=conditions.bind)
    return str(conditions.values["v2"]).replace('"', "").split()


def test_text_is_looked_up_by_its_rarest_words_unless_these_are_often_apart(
    desk: sqlite3.Connection,
) -> None:
    for ticket in range(1, 20):
        add_ticket(desk, ticket, "Printer" if ticket % 4 == 0 else "Terror")
    add_ticket(desk, 20, "Abc bcd cde def")
    add_ticket(desk, 21, "Abcdefg")
    index(desk)
    assert looked_up(desk, "printer") == ["pri", "rin", "int"]
    assert candidates(desk, "printer") == {4, 8, 12, 16}
    for ticket in range(30, 40):
        add_ticket(desk, ticket, ("Abc", "Bcd", "Cde", "Def", "Efg")[ticket % 5])
    index(desk)
    assert sorted(looked_up(desk, "abcdefg")) == ["abc", "bcd", "cde", "def", "efg"]
    assert candidates(desk, "abcdefg") == {21}


def listed_by_activity(
    desk: sqlite3.Connection, token: str, after: list[int | str] | None = None
) -> tuple[list[int], int]:
    """The numbers of a page of three, and how many texts were compared for it."""
    compared = 0

    def holds(text: str, needles: str) -> bool:
        nonlocal compared
        compared += 1
        return token in text.lower()

    desk.create_function("holds", 2, holds)
    conditions = Conditions(1)
    MODES["content"].narrow(conditions, [token])
    tx = ReadingTransaction(desk)
    rows = search.list_tickets(tx, conditions, order=BY_ACTIVITY, after=after, limit=3)
    return [row["number"] for row in rows], compared


def test_page_of_a_frequent_text_compares_only_the_hits_that_are_near(
    desk: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "FEW", 2)
    monkeypatch.setattr(plans, "MOST_SORTED", 2)
    monkeypatch.setattr(near_hits, "MOST_NEAR", 4)
    for ticket in range(1, 61):
        add_ticket(desk, ticket, "Printer", "It burns" if ticket % 5 == 0 else "It smokes")
    desk.execute("UPDATE ticket SET created_at = id, updated_at = id")
    # An old ticket with a new response is compared, because it is not near.
    desk.execute("UPDATE ticket SET updated_at = 100 WHERE id = 10")
    index(desk)
    assert listed_by_activity(desk, "burns") == ([10, 60, 55], 3)
    assert listed_by_activity(desk, "burns", [55, 55]) == ([50, 45, 40], 3)
    # So is one whose id is higher than those near, because it was created after its change.
    desk.execute("UPDATE ticket SET created_at = 99, updated_at = 52 WHERE id = 60")
    assert listed_by_activity(desk, "burns", [55, 55]) == ([60, 50, 45], 3)
    desk.execute("UPDATE ticket SET created_at = 60, updated_at = 60 WHERE id = 60")
    desk.execute("UPDATE response SET html = 'It burns', text = 'It burns' WHERE ticket_id = 58")
    assert listed_by_activity(desk, "burns") == ([10, 60, 58], 3)


def test_total_of_a_frequent_text_is_not_exact_where_only_near_hits_are_counted(
    desk: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "FEW", 2)
    monkeypatch.setattr(plans, "MOST_SORTED", 2)
    for ticket in range(1, 61):
        add_ticket(desk, ticket, "Printer", "It burns" if ticket % 5 == 0 else "It smokes")
    index(desk)
    totals = []
    for most in (4, 3_000):
        monkeypatch.setattr(near_hits, "MOST_NEAR", most)
        conditions = Conditions(1)
        MODES["content"].narrow(conditions, ["burns"])
        totals.append(counts.count_tickets(ReadingTransaction(desk), conditions, most=100))
    assert totals == [(4, False), (12, True)]
