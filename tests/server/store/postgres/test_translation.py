"""SQL is written once; what PostgreSQL spells differently is translated."""

import pytest

from tickiti_server.store.postgres.statements.translation import translated

CASES = [
    ("SELECT :a, ':b', :a || '50%'", "SELECT %(a)s, ':b', %(a)s || '50%%'"),
    ("x LIKE 'mailbox:%' AND y % 2 = :two", "x LIKE 'mailbox:%%' AND y %% 2 = %(two)s"),
    ("'it''s :not' || :name", "'it''s :not' || %(name)s"),
    ("+t.status = :v AND 1 + t.n > 0", "t.status = %(v)s AND 1 + t.n > 0"),
    ("FROM ticket INDEXED BY ticket_held WHERE 1 = 1", "FROM ticket  WHERE 1 = 1"),
    ("CAST(substr(x, 9) AS INTEGER)", "CAST(substr(x, 9) AS BIGINT)"),
    (
        "id IN (SELECT value FROM json_each(:ids))",
        "id IN (SELECT unnest(texts_of(%(ids)s)))",
    ),
    (
        "id IN (SELECT CAST(value AS INTEGER) FROM json_each(:ids))",
        "id IN (SELECT CAST(unnest(texts_of(%(ids)s)) AS BIGINT))",
    ),
    (
        "holds(coalesce(r.text, plain_text(r.html)), :v1)",
        (
            "CASE WHEN cardinality(texts_of(%(v1)s)) = 1"
            " THEN strpos(r.text_key, (texts_of(%(v1)s))[1]) > 0"
            " ELSE has_any(r.text_key, texts_of(%(v1)s)) END"
        ),
    ),
    (
        "holds(t.subject, :v1)",
        (
            "CASE WHEN cardinality(texts_of(%(v1)s)) = 1"
            " THEN strpos(t.subject_key, (texts_of(%(v1)s))[1]) > 0"
            " ELSE has_any(t.subject_key, texts_of(%(v1)s)) END"
        ),
    ),
    ("(SELECT 1 /* OFFSET 0 */)", "(SELECT 1 OFFSET 0)"),
]


@pytest.mark.parametrize(("sql", "expected"), CASES)
def test_what_postgresql_spells_differently_is_translated(sql: str, expected: str) -> None:
    assert translated(sql, locks=False) == expected


@pytest.mark.parametrize(
    ("locks", "expected"), [(True, "SELECT 1 FOR NO KEY UPDATE OF t"), (False, "SELECT 1 ")]
)
def test_rows_are_locked_by_writers_alone(locks: bool, expected: str) -> None:
    assert translated("SELECT 1 /* FOR NO KEY UPDATE OF t */", locks=locks) == expected
