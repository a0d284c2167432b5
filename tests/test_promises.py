"""docs/promises.md names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_each_promise_names_tests_that_exist() -> None:
    rows = re.findall(r"^\| (?!promise|---)(.+) \| (.+) \|$", _text(), re.MULTILINE)
    assert len(rows) > 40
    for promise, named in rows:
        folder = Path()
        for name in re.findall(r"`([\w./]+\.py)`", named):
            folder = Path(name).parent if "/" in name else folder
            assert (ROOT / folder / Path(name).name).is_file(), (promise, name)


def _text() -> str:
    return (ROOT / "docs" / "promises.md").read_text("utf-8")
