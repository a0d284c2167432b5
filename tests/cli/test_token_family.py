"""Whose key it is: the journal notes the token, and nothing of its secret."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.cli.foreign import Foreign, ticket_created
from tickiti_cli.journal import Bearer

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "At mile 14")


@pytest.mark.parametrize(
    ("token", "token_id"),
    [
        ("14|wfxNV4zPq", 14),
        ("7|secret|with a bar", 7),
        ("no-bar", None),
        ("|secret", None),
        ("x|secret", None),
        ("\u0661|secret", None),
        ("9" * 19 + "|secret", None),
        ("", None),
    ],
)
def test_the_number_of_a_token_is_what_stands_before_its_bar(
    token: str, token_id: int | None
) -> None:
    assert Bearer.of(token).token_id == token_id


def test_two_tokens_of_one_number_are_told_apart() -> None:
    assert Bearer.of("1|first") != Bearer.of("1|second")


def test_the_journal_notes_the_token_of_a_write_and_no_secret(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(ticket_created())
    assert remote(*CREATE).code == 0
    (path,) = Path(remote.config / "journal").iterdir()
    noted = json.loads(path.read_text())
    assert (noted["token_id"], len(noted["token_digest"])) == (7, 16)
    assert "secret-of-far" not in path.read_text()
    assert len(foreign.asked) == 1
