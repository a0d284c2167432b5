"""Another server answers under the server's address. No write is doubled, and no applied write is
denied.

By hand: TICKITI_TEST_IMPOSTORS=500 draws so many chains of answers.
"""

import json
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.faults.impostors import ANSWERS, Impostor, Step
from tests.support.place import Place

CHAINS = int(os.environ.get("TICKITI_TEST_IMPOSTORS", "6"))
LOST = Step(reaches=True, answer=None)
"""Done, and the reply never came."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("impostors"))
    found.start()
    yield found
    found.stop()


@pytest.fixture
def run(tmp_path: Path) -> Cli:
    return Cli(tmp_path / "home")


@contextmanager
def behind(place: Place, run: Cli, *steps: Step) -> Iterator[Impostor]:
    """A profile whose server has an impostor before it."""
    with Impostor(f"http://127.0.0.1:{place.port}", *steps) as impostor:
        run.configure(
            f'default_profile = "far"\n[profiles.far]\nbase_url = "{impostor.base_url}"\n',
            f'[far]\ntoken = "{place.token}"\n',
        )
        yield impostor


def create(subject: str, *flags: str) -> tuple[str, ...]:
    return ("ticket", "create", "--from", "a@b.example", "-s", subject, "-b", "x", "--json", *flags)


def made(place: Place, subject: str) -> int:
    return sum(row["subject"] == subject for row in place.every_ticket("number"))


def check_and_finish(place: Place, run: Cli, subject: str, code: int, stderr: str) -> None:
    """What was said is true, and going on makes exactly one ticket."""
    if code:
        outcome = json.loads(stderr.splitlines()[-1])["error"]["outcome"]
        assert not (outcome == "not_applied" and made(place, subject)), "it denies what was done"
        if outcome == "not_applied":
            assert run(*create(subject)).code == 0
        else:
            assert run("op", "resume", "--all-pending", "--retries", "0").code == 0
    pending = json.loads(run("op", "list", "--pending", "--json").stdout)
    assert (made(place, subject), pending) == (1, [])


@pytest.mark.parametrize("name", ANSWERS)
def test_foreign_answer_after_a_lost_reply_neither_doubles_nor_denies(
    place: Place, run: Cli, name: str
) -> None:
    subject = f"Charge refused: {name}"
    with behind(place, run, LOST, Step(reaches=False, answer=ANSWERS[name])):
        ran = run(*create(subject, "--retries", "1", "--max-time", "20"))
        check_and_finish(place, run, subject, ran.code, ran.stderr)


def test_foreign_answers_for_a_while_only_delay_a_write(place: Place, run: Cli) -> None:
    names = ("page 404", "gateway without a route", "page 502", "captive portal")
    steps = [Step(reaches=False, answer=ANSWERS[name]) for name in names]
    with behind(place, run, LOST, *steps):
        assert run(*create("A pod restarts")).code == 0
    assert made(place, "A pod restarts") == 1


@pytest.mark.parametrize("seed", range(CHAINS))
def test_chain_of_foreign_answers_neither_doubles_nor_denies_a_write(
    place: Place, run: Cli, seed: int, tmp_path: Path
) -> None:
    """Drawn: from the first doubt on any answer may come, with or without the request arriving."""
    drawn = random.Random(seed)
    subject = f"Chain {seed} {tmp_path.name}"
    chain = [
        Step(reaches=drawn.random() < 0.3, answer=drawn.choice([None, *ANSWERS.values()]))
        for _ in range(drawn.randrange(1, 5))
    ]
    with behind(place, run, LOST, *chain):
        retries = str(drawn.randrange(1, len(chain) + 2))
        ran = run(*create(subject, "--retries", retries, "--max-time", "25"))
        for _ in chain:  # resumed meanwhile, with the impostors still there
            run("op", "resume", "--all-pending", "--retries", "0")
        check_and_finish(place, run, subject, ran.code, ran.stderr)
