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


@pytest.mark.parametrize(
    ("words", "beginning"),
    [
        (("completion", "bash"), "# "),
        (("help", "exit-codes"), ""),
        (("man",), "NAME\n    tickiti - "),
        (("man", "scripting"), "NAME\n    tickiti-scripting - "),
    ],
)
def test_the_texts_are_found_in_an_archive(
    wheel: zipfile.ZipFile, tmp_path: Path, words: tuple[str, ...], beginning: str
) -> None:
    """A wheel is a zip archive, from which Python imports as from one that zipapp makes."""
    zipped = run_from(Path(wheel.filename or ""), tmp_path, *words)
    assert zipped
    assert zipped.startswith(beginning)
    assert zipped == installed(wheel, tmp_path / "extracted", *words)


def test_the_sample_files_are_found_in_an_archive(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    run_from(Path(wheel.filename or ""), tmp_path, "server", "sample-files")
    samples = "tickiti_cli/bundled_server/samples/"
    names = [name for name in wheel.namelist() if name.startswith(samples)]
    assert len(names) > 5
    for name in names:
        assert (tmp_path / name.removeprefix(samples)).read_bytes() == wheel.read(name)


def installed(wheel: zipfile.ZipFile, folder: Path, *words: str) -> str:
    """What the code of the wheel prints, away from the checkout."""
    wheel.extractall(folder)
    return run_from(folder, folder, *words)


def run_from(place: Path, folder: Path, *words: str) -> str:
    """What the code in `place`, a folder or an archive, prints in `folder`."""
    where = (
        "import sys; sys.path.insert(0, sys.argv.pop(1))\n"
        "from tickiti_cli.__main__ import main\n"
        "assert main.__code__.co_filename.startswith(sys.path[0])\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", where, str(place), *words],
        cwd=folder, env={"HOME": str(folder)}, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    return done.stdout
