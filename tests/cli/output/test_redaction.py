"""Tokens are never shown, and looking for them takes a time that grows with the text alone."""

import json
import time
from collections.abc import Callable

import pytest

from tests.support.cli import Cli
from tests.support.foreign import Foreign, reply
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.control_characters import strip_controls
from tickiti_cli.output import failure
from tickiti_cli.output.streams import redact_tokens
from tickiti_server.logs import request_lines

BODY = "aB3" * 14
SHAPES = (
    "1", "1|", "1|1", "12|34%7C", "1%7C", "1%25", "tkt_", "1|tkt_", "tkt_aaaaaaa ", "Bearer ",
    "1|aaaaaaaaaaaaaaa ", "1|aaaaaaaaaaaaaaa", "\x1b[1", "\x1b]1", "\x9b1", "1\\u007", "%25",
)  # fmt: skip


def seconds_of(work: Callable[[str], object], text: str) -> float:
    """Processor time, the least of three."""
    found = []
    for _ in range(3):
        begun = time.process_time()
        work(text)
        found.append(time.process_time() - begun)
    return min(found)


@pytest.mark.parametrize("work", [redact_tokens, request_lines.redacted, strip_controls])
def test_redaction_time_grows_no_faster_than_the_text(work: Callable[[str], str]) -> None:
    for shape in SHAPES:
        small = shape * (20_000 // len(shape))
        taken, more = seconds_of(work, small), seconds_of(work, small * 8)
        # Quadratic would be 64 times as long, linear is 8.
        assert more < 24 * taken + 0.05, shape


@pytest.mark.parametrize("token", [f"14|tkt_{BODY}", f"14|{BODY}", f"tkt_{BODY}"])
@pytest.mark.parametrize("work", [redact_tokens, request_lines.redacted])
@pytest.mark.parametrize(
    "around",
    [
        "{}", "9999999999{}", "1|1|1|{}", "x{}", "https://a.example/?t={}&n=1", "'{}'", "1{}1",
        "1" * 5000 + "{}", "Bearer {}", "tkt_{}", "%7C{}", "0|{}",
    ],
)  # fmt: skip
def test_a_token_in_any_surroundings_is_redacted(
    work: Callable[[str], str], around: str, token: str
) -> None:
    for bar in ("|", "%7C", "%7c", "%257C", "%25257c", "\\u007c"):
        shown = work(around.format(token.replace("|", bar)))
        assert BODY not in shown
        assert BODY[:12] not in shown


def test_a_cut_never_shows_the_first_part_of_a_token() -> None:
    first = failure.MOST_CHARACTERS - failure.LAST_CHARACTERS
    for before in range(first - 40, first):
        shown = failure.bounded("x " * (before // 2) + f"14|{BODY} and more" + " x" * 5000)
        assert "|aB" not in shown
        assert len(shown) < failure.MOST_CHARACTERS + 40


def test_a_cut_never_shows_the_last_part_of_a_token() -> None:
    last = failure.LAST_CHARACTERS
    for after in range(last - 60, last + 1):
        shown = failure.bounded("x " * 5000 + f"14|{BODY}" + " x" * (after // 2))
        assert BODY[-8:] not in shown


def test_ten_thousand_error_sentences_are_cut_to_a_hundred_lines() -> None:
    error = ApiError("no", errors={f"field{at}": ["bad" * 3000] for at in range(10_000)})
    told = [*failure.lines(error)]
    assert len(told) <= failure.MOST_SENTENCES + 3
    assert all(len(line) < failure.MOST_CHARACTERS + 60 for line in told)


@pytest.mark.faults
@pytest.mark.parametrize("size", [100_000, 1_000_000, 10_000_000])
@pytest.mark.parametrize("member", ["error", "message"])
def test_a_huge_sentence_of_a_server_is_shortened_quickly(
    remote: Cli, foreign: Foreign, size: int, member: str
) -> None:
    foreign.answers(reply({"ok": False, member: "1" * size}, status=422))
    begun = time.monotonic()
    for words in (("ticket", "list"), ("ticket", "list", "--json")):
        ran = remote(*words, "--max-time", "8", "--retries", "0")
        assert ran.code == 7
        assert len(ran.stderr) < 10_000
    assert time.monotonic() - begun < 25
    assert json.loads(ran.stderr)["error"]["status"] == 422
