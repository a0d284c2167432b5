"""Rows are written as lines of JSON that every reader takes for the same rows."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tickiti_cli.api.connection import json_body
from tickiti_cli.api.connection.json_body import Members
from tickiti_cli.bulk.export import ndjson
from tickiti_cli.control_characters import CONTROL, escape_controls, escape_controls_of_json
from tickiti_cli.errors import ForeignReply, UsageProblem

TEXT = some.text(some.characters(exclude_categories=["Cs"]))
VALUES = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)
"""Small ones: a large value takes long to draw, and is written like a small one."""


@given(some.lists(some.dictionaries(TEXT, VALUES, max_size=4), max_size=4))
def test_lines_hold_the_rows_and_no_control_character(rows: list[dict[str, Any]]) -> None:
    written = ndjson.lines([Members(row) for row in rows], None)
    *lines, end = written.decode().split("\n")
    assert end == ""
    assert not any(map(CONTROL.search, lines))
    assert [json.loads(line) for line in lines] == rows


@given(TEXT)
def test_escapes_in_bytes_are_those_in_text(text: str) -> None:
    line = json.dumps(text, ensure_ascii=False)
    assert escape_controls_of_json(line.encode()) == escape_controls(line).encode()


@pytest.mark.parametrize("control", "\x7f\x80\x85\x9f\u2028\u2029\u202a\u202e\u2066\u2069")
def test_every_control_character_is_escaped(control: str) -> None:
    assert ndjson.lines([{"a": f"é{control}ß"}], None) == (
        f'{{"a": "é\\u{ord(control):04x}ß"}}\n'.encode()
    )


def test_a_number_that_json_lacks_is_null() -> None:
    assert (
        ndjson.lines([{"a": float("inf"), "b": float("nan")}], None) == b'{"a": null, "b": null}\n'
    )


def test_a_row_of_any_depth_is_written() -> None:
    row: dict[str, Any] = {}
    for _ in range(400):
        row = {"a": row}
    assert json.loads(ndjson.lines([row], None)) == row


def test_fields_are_written_in_their_order() -> None:
    rows = [{"a": 1, "b": 2, "c": 3}]
    assert ndjson.lines(rows, ["c", "a"]) == b'{"c": 3, "a": 1}\n'
    with pytest.raises(UsageProblem, match="no field 'd'"):
        ndjson.lines(rows, ["d"])


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Parses by the parser of large replies, and by that of small ones."""

    def parsed(raw: bytes) -> list[tuple[bytes, Any]]:
        found = []
        for most in (0, 1 << 30):
            monkeypatch.setattr(json_body, "MOST_OF_SLOW", most)
            found.append(json_body.parsed(raw))
        return found

    return parsed


@pytest.mark.parametrize(
    "raw",
    [
        b'{"ok": true, "data": {"rows": [{"id": "1", "files": [{"name": "a"}], "none": []}]}}',
        b'[{"a": {}}, 7, "x", [[{"b": -0.5e3}]]]',
        b'{"a": 123456789012345678901234567890}',
        b'{"a": 1e999, "b": NaN, "c": [-Infinity]}',
        b'{"a": [{"b": 1e999}]}',
        b'{"a": "\\ud800", "b": "\\ud83d\\ude00"}',
        b'{"a": 1, "a": 2}',
        b'\xef\xbb\xbf{"a": "\xc3\xa9"}',
        '{"a": "é"}'.encode("utf-16"),
        b'{"a":' * 300 + b"1" + b"}" * 300,
        b"7",
        b"null",
    ],
)
def test_large_replies_are_read_as_small_ones(both: Any, raw: bytes) -> None:
    (large_text, large), (small_text, small) = both(raw)
    assert (large_text, large) == (small_text, small)
    assert json.loads(large_text) == large


def test_a_missing_member_of_a_large_reply_is_named(both: Any) -> None:
    for _, found in both(b'{"data": {"rows": [{"id": 1, "files": [{"a": 1}]}]}}'):
        for thing in (found, found["data"], found["data"]["rows"][0]):
            with pytest.raises(ForeignReply, match="lacks 'name'"):
                thing["name"]
        with pytest.raises(ForeignReply, match="lacks 'name'"):
            found["data"]["rows"][0]["files"][0]["name"]


@pytest.mark.parametrize("raw", [b'{"a": 1', b'{"a": 1}}', b"<html>", b'{"a": "\x01"}', b"\xff{}"])
def test_a_large_reply_that_is_not_json_is_refused(both: Any, raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of either parser
        both(raw)
