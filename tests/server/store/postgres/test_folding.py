"""The database folds texts as Python does, because Python folds what is looked for."""

import random

import pytest

from tests.support.cluster import Cluster
from tests.support.postgres import connection_to
from tickiti_server.rendering.case_folding import MOST_MARKS, case_key, folded

ALL = range(1, 0x110000)
SURROGATES = range(0xD800, 0xE000)


FOLDED = """
SELECT case_key(t), folded(t) FROM unnest(%s::TEXT[]) WITH ORDINALITY AS x (t, n) ORDER BY n
"""


def changed_by_folding() -> list[str]:
    """Every character that folding changes, and its neighbours in the list of characters."""
    changed = {
        point
        for point in ALL
        if point not in SURROGATES and case_key(f"{chr(point)}x") != chr(point) + "x"
    }
    near = changed | {point + 1 for point in changed}
    return [f"{chr(point)}x" for point in sorted(near) if point in ALL and point not in SURROGATES]


def mixtures() -> list[str]:
    """Words of letters, marks, white space and invisible characters in any order."""
    choose = random.Random(16)
    signs = (
        "aAeßÄäΣ\u03c3ςİi\u0131ﬁǅ\u0301\u0327\u0345\u0307\u00ad\u200b \t\n\u00a0\u13a0\uab70한각"
    )
    usual = "aAÄäéŻЖжЙй\u2019\u2013€-\u0130 \t\n\r\x0b\u00a0  "
    words = [
        "".join(choose.choices(letters, k=choose.randrange(1, 30)))
        for letters in (signs, usual)
        for _ in range(2000)
    ]
    return [*words, "a" + "\u0327\u0301" * (MOST_MARKS + 5), "ΟΔΟΣ ὈΔΥΣΣΕΎΣ", " both  ends ", ""]


@pytest.mark.parametrize("texts", [changed_by_folding, mixtures])
def test_the_database_folds_every_text_as_python_does(url: str, texts: object) -> None:
    assert callable(texts)
    given = texts()
    with connection_to(url) as connection:
        rows = connection.execute(FOLDED, [given]).fetchall()
    expected = [(case_key(text), folded(text)) for text in given]
    wrong = [
        (text, found, wanted)
        for text, found, wanted in zip(given, rows, expected, strict=True)
        if tuple(found) != wanted
    ]
    assert wrong == []


def test_a_long_run_of_marks_is_folded_in_linear_time(url: str) -> None:
    """Two kinds of marks by turns, which normalising would sort in the square of their number."""
    with connection_to(url) as connection:
        connection.execute("SET statement_timeout = 5000")
        query = "SELECT length(folded('a' || repeat(E'\\u0301\\u0327', 100000)))"
        assert connection.execute(query).fetchone()[0] > 100_000


def test_a_long_run_of_spaces_is_folded_in_linear_time(url: str) -> None:
    with connection_to(url) as connection:
        connection.execute("SET statement_timeout = 5000")
        query = r"SELECT folded('a' || repeat(E' \n\t', 1000000) || repeat(' b', 100000))"
        assert connection.execute(query).fetchone()[0] == "a" + " b" * 100_000


def test_a_text_of_any_case_is_found(server: Cluster, url: str) -> None:
    with connection_to(url) as connection:
        query = "SELECT holds('Die STRASSE  nach\tÎstanbul', %s)"
        needles = f'["{folded("straße nach îstanbul")}", "nowhere"]'
        assert connection.execute(query, [needles]).fetchone() == (True,)
