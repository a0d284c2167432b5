"""Translates the server's SQL, which is written once, into PostgreSQL's.

Rule: a text is translated once and remembered. Every value is bound; nothing is written into SQL.
"""

import re
from functools import lru_cache

MOST_TEXTS = 4096
"""Translated texts that are remembered. Searches make new ones, so that there is a limit."""

_SPECIAL = re.compile(
    r"""
    '(?:[^']|'')*'                      # a text has no parameters
    | /\*\s(?P<lock>FOR\ [^*]*?)\s\*/
    | /\*\s(?P<fence>OFFSET\ 0)\s\*/    # keeps the planner from turning a subquery into a join
    | (?<!:):(?P<name>[a-z_]\w*)
    | %
    | \+(?=t\.(?!created_at))           # keeps SQLite from an index; a text has no plus
    | INDEXED\ BY\ \w+
    | \(SELECT\ value\ FROM\ json_each\(:(?P<of>\w+)\)\)
    | \(SELECT\ CAST\(value\ AS\ INTEGER\)\ FROM\ json_each\(:(?P<of_ids>\w+)\)\)
    | \bAS\ INTEGER\)
    | \bholds\(coalesce\(r\.text,\ plain_text\(r\.html\)\),\ :(?P<needles>\w+)\)
    | \bholds\(t\.subject,\ :(?P<in_subject>\w+)\)
    """,
    re.VERBOSE,
)


_TOKEN_CHANGE = re.compile(r"\b(?:UPDATE|DELETE FROM)\s+(?:api_token|person)\b")


@lru_cache(maxsize=MOST_TEXTS)
def changes_tokens(sql: str) -> bool:
    """Whether the text changes tokens or users: those that are remembered may be outdated."""
    return _TOKEN_CHANGE.search(sql) is not None


@lru_cache(maxsize=MOST_TEXTS)
def translated(sql: str, *, locks: bool) -> str:
    """The text for psycopg. `locks`: whether `/* FOR ... */` locks rows, which only a
    transaction that writes may do."""
    return _SPECIAL.sub(lambda found: _translation(found, locks=locks), sql)


@lru_cache(maxsize=MOST_TEXTS)
def waits_for_rows(sql: str) -> bool:
    """Whether a statement that locks rows waits for those that others have locked."""
    locks = [found["lock"] for found in _SPECIAL.finditer(sql) if found["lock"]]
    return any("SKIP LOCKED" not in lock for lock in locks)


def _translation(found: re.Match[str], *, locks: bool) -> str:
    if found[0].startswith("'"):
        return found[0].replace("%", "%%")
    if found["lock"]:
        return str(found["lock"]) if locks else ""
    # The group that matched last is the name of a parameter, where there is one.
    for group, form in _FORMS.items():
        if found[group]:
            return form.format(found[group])
    return _WORDS.get(found[0], "")


_HOLDS = (
    "CASE WHEN cardinality(texts_of(%({1})s)) = 1 THEN strpos({0}, (texts_of(%({1})s))[1]) > 0"
    " ELSE has_any({0}, texts_of(%({1})s)) END"
)
"""Nearly every search is for one text, whose comparison needs no call of PL/pgSQL. The planner
knows the values, so that one of the two is left."""

_FORMS = {
    "fence": "{}",
    "name": "%({})s",
    "of": "(SELECT unnest(texts_of(%({})s)))",
    "of_ids": "(SELECT CAST(unnest(texts_of(%({})s)) AS BIGINT))",
    "needles": _HOLDS.format("r.text_key", "{0}"),
    "in_subject": _HOLDS.format("t.subject_key", "{0}"),
}
"""What each kind of parameter becomes."""

_WORDS = {"%": "%%", "AS INTEGER)": "AS BIGINT)"}
