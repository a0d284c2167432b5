"""The example project: its tests pass, and find the bug that they are there for."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults
"""Of each test, because it runs the whole pytest of another project."""

SHOP = Path(__file__).parents[3] / "examples" / "shop"
KEY = 'key = f"order-{number}"'


def outcome_of(folder: Path, *flags: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *flags]
    return subprocess.run(
        [*command, "--rootdir", str(folder), "-c", "/dev/null", str(folder)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHOP, tmp_path / "shop"))


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_tests_of_the_shop_pass(shop: Path, workers: str) -> None:
    """Each worker of pytest-xdist has a server of its own."""
    ran = outcome_of(shop, "--numprocesses", workers)
    assert re.search(r"^6 passed", ran.stdout, re.MULTILINE), ran.stdout


def test_a_retry_with_another_key_is_found_by_commit_then_drop(shop: Path) -> None:
    source = (shop / "shop.py").read_text()
    assert KEY in source
    changed = source.replace(KEY, "key = str(__import__('uuid').uuid4())")
    (shop / "shop.py").write_text(changed)
    ran = outcome_of(shop)
    failed = re.findall(r"^FAILED \S+::(\w+)", ran.stdout, re.MULTILINE)
    assert "test_a_reply_that_is_lost_makes_no_second_ticket" in failed
