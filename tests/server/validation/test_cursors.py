"""Where a page ended, as a client hands it back: what is taken, and how much is looked at."""

import json
from base64 import urlsafe_b64encode

import pytest

from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server import cursors

LONGEST = ["\U0001f600" * cursors.MOST_TEXT] * 5


def packed(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_the_longest_place_there_is_can_be_handed_back() -> None:
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
def test_what_is_longer_is_refused_before_it_is_read(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body holds a limited number of values; a text in it could hold any number of them."""
    read: list[str] = []
    monkeypatch.setattr(json, "loads", read.append)
    with pytest.raises(ValidationFailed, match="next_cursor of a reply"):
        cursors.read(packed(text), "activity", kinds=[int, int])
    assert read == []
