"""What an installed tickiti has: the pages and completions of the checkout, where they belong."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tickiti_cli.reference.__main__ import ROOT

SHARED = {
    "tickiti.bash": "share/bash-completion/completions/tickiti",
    "_tickiti": "share/zsh/site-functions/_tickiti",
    "tickiti.fish": "share/fish/vendor_completions.d/tickiti.fish",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_shells_and_man_find_every_file_of_the_wheel(wheel: zipfile.ZipFile) -> None:
    marker = ".data/data/"
    shared = {name.partition(marker)[2] for name in wheel.namelist() if marker in name}
    pages = {f"share/man/man{path.suffix[1:]}/{path.name}" for path in (ROOT / "man").iterdir()}
    assert shared == {*SHARED.values(), *pages}


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (("completion", "bash"), "completions/tickiti.bash"),
        (("completion", "zsh"), "completions/_tickiti"),
        (("completion", "fish"), "completions/tickiti.fish"),
        (("completion", "pwsh"), "completions/tickiti.ps1"),
    ],
)
def test_an_installed_program_has_its_completions(
    wheel: zipfile.ZipFile, tmp_path: Path, words: tuple[str, ...], file: str
) -> None:
    assert installed(wheel, tmp_path, *words) == (ROOT / file).read_text()


def test_both_packages_say_that_they_are_typed(wheel: zipfile.ZipFile) -> None:
    assert {"tickiti_cli/py.typed", "tickiti_server/py.typed"} < set(wheel.namelist())


def test_an_installed_program_has_its_manual(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    for path in (ROOT / "man").iterdir():
        assert wheel.read(f"tickiti_cli/share/man/{path.name}") == path.read_bytes()
    page = installed(wheel, tmp_path, "man", "scripting")
    assert page.startswith("NAME\n    tickiti-scripting - ")
    assert "EXIT STATUS" in page


def installed(wheel: zipfile.ZipFile, folder: Path, *words: str) -> str:
    """What the code of the wheel prints, away from the checkout."""
    wheel.extractall(folder)
    where = (
        "import sys; sys.path.insert(0, sys.argv.pop(1))\n"
        "from tickiti_cli.__main__ import main\n"
        "assert main.__code__.co_filename.startswith(sys.path[0])\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", where, str(folder), *words],
        cwd=folder, env={"HOME": str(folder)}, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    return done.stdout
