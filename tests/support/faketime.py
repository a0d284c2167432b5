"""Programs whose clock is wrong: libfaketime, as the faketime command would load it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.place import Place

HAS_FAKETIME = pytest.mark.skipif(not shutil.which("faketime"), reason="faketime is not installed")


def faked(place: Place, moment: str, *, steady: bool = True) -> Path:
    """From its next start on, the place's wall clock is what this file says, such as `+40d`; where
    `steady` is false, so are the clocks that no one can set."""
    file = place.folder / "moment"
    place.environment |= environment(file, moment, steady=steady)
    return file


def environment(file: Path, moment: str, *, steady: bool = True) -> dict[str, str]:
    """The variables of a program whose wall clock is what the file says."""
    set_moment(file, moment)
    library = subprocess.run(
        ["faketime", "-f", "+0d", "printenv", "LD_PRELOAD"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {
        "LD_PRELOAD": library.stdout.strip(),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1" if steady else "0",
    }


def set_moment(file: Path, moment: str) -> None:
    """Set the clock of what runs. Never through an empty file, which libfaketime takes for the real
    time: a timer that starts at that instant would end days later, or at once."""
    new = file.with_suffix(".new")
    new.write_text(moment)
    new.replace(file)
