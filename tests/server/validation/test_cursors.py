"""Cursors of pages: the accepted ones, and the bytes that are read of an oversized one."""

import json
from base64 import urlsafe_b64encode

import pytest

from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server.validation import cursors

LONGEST = ["\U0001f600" * cursors.MOST_TEXT] * 5


def packed(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_longest_cursor_can_be_handed_back() -> None:
    written = cursors.write("seen", *LONGEST, 7)
    assert cursors.read(written, "seen", kinds=[str] * 5 + [int]) == [*LONGEST, 7]


@pytest.mark.parametrize(
    "text",
    [
        '["activity", 1, 2' + " " * 200_000 + "]",
        "[" + "{}," * 1_000_000 + "1]",
        "[" * 1_000_000,
        '["activity",' + "1" * 1_000_000 + ",2]",
    ],
    ids=["blanks", "objects", "brackets", "digits"],
)
def test_oversized_cursor_is_refused_unread(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body holds a limited number of values; a text in it could hold any number of them."""
    read: list[str] = []
    monkeypatch.setattr(json, "loads", read.append)
    with pytest.raises(ValidationFailed, match="next_cursor of a reply"):
        cursors.read(packed(text), "activity", kinds=[int, int])
    assert read == []
