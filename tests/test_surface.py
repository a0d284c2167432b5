"""What is generated from the command tree is checked in fresh; nothing vanishes unseen."""

import pytest

from tickiti_cli.surface.__main__ import ROOT, files

REGENERATE = "Write it anew with `python -m tickiti_cli.surface` and look at the difference."

FILES = files()


def test_every_command_and_flag_is_the_one_that_was_agreed() -> None:
    agreed = (ROOT / "tests" / "surface.txt").read_text().splitlines()
    offered = FILES["tests/surface.txt"].splitlines()
    report = [f"Removed (BREAKING): {line}" for line in agreed if line not in offered]
    report += [f"Added: {line}" for line in offered if line not in agreed]
    assert not report, "\n".join([*report, REGENERATE])


@pytest.mark.parametrize("name", FILES)
def test_a_generated_file_is_fresh(name: str) -> None:
    path = ROOT / name
    assert path.exists(), f"{name} is missing. {REGENERATE}"
    assert path.read_text("utf-8") == FILES[name], f"{name} is stale. {REGENERATE}"
