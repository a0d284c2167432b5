"""Bulk jobs are killed and their file is edited between the runs, through an unreliable network.

After each run the file is edited, moved, or piped, in CSV or NDJSON. A line that was changed after
it was sent must be told as a conflict; then the change is undone, or the line is put into a file of
its own. Whatever happens, each line is one ticket at most, and one exactly in the end.

By hand: TICKITI_TEST_ROUNDS=200, or TICKITI_TEST_SECONDS=3600 for as many as an hour takes, with
`pytest -s tests/faults/test_killed_bulk_jobs.py`; each run prints its seed for TICKITI_TEST_SEED.
"""

import csv
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import tickiti_cli
from tests.support.faults.proxy import FAULTS, FOREIGN, Proxy
from tests.support.place import Place

ROUNDS = int(os.environ.get("TICKITI_TEST_ROUNDS", "12"))
SECONDS = float(os.environ.get("TICKITI_TEST_SECONDS", "0"))
SEED = int(os.environ.get("TICKITI_TEST_SEED", random.SystemRandom().randrange(10**6)))
CONTROL_ROUNDS = 40
FIRST_LINES = 30
BAD_QUEUE = "Nowhere"
CONFLICT = re.compile(r"^line (\d+): it replaces a line that was already sent\.$", re.M)
EXITS = {0, 5, 8, 11, 12, -9}
"""5: a firewall's 403 is the end of every line."""


class Edited:
    """A file of lines, and what has been done to it. A line is its subject; a bad one has a queue
    that there is not."""

    def __init__(self, chance: random.Random, mark: str) -> None:
        self._chance = chance
        self._mark = mark
        self._count = 0
        self.lines = [self._new() for _ in range(FIRST_LINES)]
        self.own: list[str] = []
        """What was put into files of its own."""

        self.former: dict[str, str] = {}
        """What a line was before it was changed."""

        self.most: Counter[str] = Counter()
        """Of each line, how many there were at once."""

    def _new(self) -> str:
        self._count += 1
        bad = " bad" if self._chance.random() < 0.1 else ""
        return f"{self._mark} {self._count:05d}{bad}"

    def edit(self) -> None:
        lines, chance = self.lines, self._chance
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(lines)) if lines else 0
            match chance.choice(["delete", "correct", "change", "add", "repeat", "move", "mix"]):
                case "delete" if lines:
                    del lines[place : place + chance.choice([1, 1, 2, 30])]
                case "correct":
                    for index, line in enumerate(lines):
                        lines[index] = line.removesuffix(" bad") + " good" * line.endswith(" bad")
                case "change" if lines:
                    changed = self._new()
                    self.former[changed] = lines[place]
                    lines[place] = changed
                case "repeat" if lines:
                    lines.insert(chance.randrange(len(lines)), lines[place])
                case "move" if lines:
                    lines.insert(chance.randrange(len(lines)), lines.pop(place))
                case "mix" if chance.random() < 0.2:
                    chance.shuffle(lines)
                case _:
                    lines[place:place] = [self._new() for _ in range(chance.randrange(1, 20))]

    def resolve(self, numbers: list[int]) -> list[str]:
        """Undo the changes, or take the lines out; those that get a file of their own."""
        alone: list[str] = []
        for index in sorted({number - 1 for number in numbers}, reverse=True):
            line = self.lines[index]
            is_alone = self.lines.count(line) == 1 and line not in self.own
            if line in self.former and self._chance.random() < 0.5:
                self.lines[index] = self.former[line]
            else:
                del self.lines[index]
                alone += [line] if is_alone and not line.endswith(" bad") else []
        self.own += alone
        return alone

    def written(self) -> list[str]:
        """The lines as they are about to be sent."""
        present = Counter(self.lines)
        self.most |= present
        return self.lines

    def wrong(self, tickets: Counter[str]) -> list[str]:
        """Lines that are too many tickets, and in the end none."""
        own = Counter(self.own)
        return [
            f"{line}: {count} tickets, {self.most[line]} lines"
            for line, count in tickets.items()
            if count > max(self.most[line], own[line])
        ]

    def missing(self, tickets: Counter[str]) -> list[str]:
        wanted = Counter(line for line in self.lines if not line.endswith(" bad"))
        wanted |= Counter(self.own)
        return [line for line, count in wanted.items() if tickets[line] < count]


class Loop:
    """`folder` holds the file; `package` a tickiti_cli in place of the real one."""

    def __init__(self, place: Place, proxy: Proxy, edited: Edited, package: Path | None) -> None:
        self._place = place
        self._proxy = proxy
        self.edited = edited
        self._chance = random.Random(SEED)
        self._package = package
        self.exits: Counter[int] = Counter()
        self.conflicts = 0

    def round(self) -> None:
        """One run, killed perhaps, and what a user does about its conflicts; then an edit."""
        lines = self.edited.written()
        is_killed = self._chance.random() < 0.6
        code, told = self._run(lines, is_killed=is_killed)
        self.exits[code] += 1
        assert code in EXITS, (code, told)
        self._resolve(told)
        self.edited.edit()

    def settle(self) -> None:
        """Without faults and edits: a few runs, and all is done."""
        self._proxy.calm()
        for _ in range(5):
            self.edited.lines = [line for line in self.edited.lines if not line.endswith(" bad")]
            code, told = self._run(self.edited.written(), is_killed=False)
            if code in (0, 8):
                break
            self._resolve(told)
        assert code in (0, 8), told
        for line in self.edited.own:
            assert self._run([line], is_killed=False)[0] in (0, 8)

    def tickets(self, mark: str) -> Counter[str]:
        words = ("ticket", "list", "--all", "--subject", mark, "--fields", "subject", "-o", "json")
        return Counter(row["subject"] for row in json.loads(self._place.tickiti(*words).stdout))

    def _resolve(self, told: str) -> None:
        numbers = [int(number) for number in CONFLICT.findall(told)]
        self.conflicts += len(numbers)
        for line in self.edited.resolve(numbers):
            self._run([line], is_killed=False)

    def _run(self, lines: list[str], *, is_killed: bool) -> tuple[int, str]:
        """Its exit code, and what it said; the numbers of lines are those of NDJSON."""
        is_csv, is_piped = self._chance.random() < 0.3, self._chance.random() < 0.4
        text = _csv(lines) if is_csv else _ndjson(lines)
        kind = "csv" if is_csv else "ndjson"
        path = self._place.folder / f"{self._chance.choice(['one', 'two'])}.{kind}"
        path.write_text(text)
        words = ("ticket", "import", "-" if is_piped else str(path), "--format", kind)
        flags = ("--jobs", "4", "--retries", "2", "--max-time", "8", "-o", "plain")
        place = {"PYTHONPATH": str(self._package)} if self._package else {}
        with path.open("rb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "tickiti_cli", *words, *flags],
                stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=self._place.environment | place | {"TICKITI_API_BASE": self._proxy.base_url,
                "TICKITI_API_TOKEN": self._place.token}, cwd=self._place.folder,
            )  # fmt: skip
        enough = self._proxy.done.total() + self._chance.randrange(1, 12)
        while is_killed and process.poll() is None and self._proxy.done.total() < enough:
            time.sleep(0.002)
        if is_killed:
            process.kill()
        _, stderr = process.communicate(timeout=120)
        told = stderr.decode()
        # The header is the first line of CSV.
        shift = 1 if is_csv else 0
        told = CONFLICT.sub(
            lambda found: found[0].replace(found[1], f"{int(found[1]) - shift}"), told
        )
        return process.returncode, told


def _row(line: str) -> dict[str, str]:
    found = {"from": "a@b.example", "subject": line, "body": "b"}
    return found | ({"queue": BAD_QUEUE} if line.endswith(" bad") else {})


def _ndjson(lines: list[str]) -> str:
    return "".join(json.dumps(_row(line)) + "\n" for line in lines)


def _csv(lines: list[str]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, ["queue", "body", "subject", "from"], restval="")
    writer.writeheader()
    writer.writerows(map(_row, lines))
    return file.getvalue()


def loop(place: Place, rounds: int, package: Path | None = None) -> list[str]:
    """What is wrong after so many rounds; [] for nothing."""
    mark = f"Bulk {os.getpid()}"
    edited = Edited(random.Random(SEED + 1), mark)
    target = f"http://127.0.0.1:{place.port}"
    began = time.monotonic()
    with Proxy(target, one_in=6, seed=SEED, faults=(*FAULTS, *FOREIGN)) as proxy:
        running = Loop(place, proxy, edited, package)
        count = 0
        while count < rounds or time.monotonic() - began < SECONDS:
            running.round()
            count += 1
            if count % 10 == 0 and (wrong := edited.wrong(running.tickets(mark))):
                return wrong
        running.settle()
        found = running.tickets(mark)
        print(
            f"seed {SEED}: {count} rounds, {dict(running.exits)} exits, {running.conflicts}"
            f" conflicts, {found.total()} tickets, {proxy.done.total()} requests: {proxy.done}"
        )
    return edited.wrong(found) + edited.missing(found)


@pytest.mark.timeout(120 + 10 * ROUNDS + 2 * SECONDS)
def test_line_of_an_edited_file_and_a_killed_job_is_one_ticket(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path)
    place.start()
    try:
        assert loop(place, ROUNDS) == []
    finally:
        place.stop()


@pytest.mark.timeout(120 + 10 * CONTROL_ROUNDS)
def test_loop_with_random_keys_finds_duplicates(tmp_path: Path) -> None:
    """The negative control: a key that is new in each run."""
    package = tmp_path / "package"
    shutil.copytree(Path(tickiti_cli.__file__).parent, package / "tickiti_cli")
    job = package / "tickiti_cli" / "bulk" / "job" / "job.py"
    text = job.read_text()
    derived = 'return f"line-{digest[:40]}"'
    assert text.count(derived) == 1
    job.write_text(text.replace(derived, 'return f"line-{secrets.token_hex(20)}"'))
    place = Place(tmp_path)
    place.start()
    try:
        wrong = loop(place, CONTROL_ROUNDS, package)
    finally:
        place.stop()
    assert any("tickets" in line for line in wrong), wrong
