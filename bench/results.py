"""results.md: the figures of one run with what is needed to repeat it."""

import datetime
import os
import platform
import sqlite3
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from bench.figure import Figure

RESULTS = Path(__file__).with_name("results.md")

LIBRARIES = ("typer", "httpx", "starlette", "uvicorn", "uvloop", "httptools", "pydantic")

HEADER = """\
# Results

Written by `make bench`. Times wander by a factor of two on shared machines, so every bar is a
ratio of medians measured in one run, in alternating rounds.

"""


def render(figures: Sequence[Figure], data_directory: Path) -> str:
    lines = [f"- {name}: {value}" for name, value in circumstances(data_directory).items()]
    lines += ["", "| bar | figure | measured | reference | ratio | bar | met | how |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    lines += [row(figure) for figure in figures]
    return HEADER + "\n".join(lines) + "\n"


def row(figure: Figure) -> str:
    cells = [
        figure.bar_name,
        figure.what,
        figure.measured,
        figure.reference,
        f"{figure.ratio:.2f} x",
        figure.bar_text,
        "yes" if figure.is_met else "**no**",
        figure.command,
    ]
    return f"| {' | '.join(cells)} |"


def circumstances(data_directory: Path) -> dict[str, str]:
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores ({processor()}), {platform.machine()}, "
        f"{platform.system()} {platform.release()}, {file_system(data_directory)}",
        "tickiti": f"{version('tickiti')}, commit {commit()}",
        "Python": f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "tools": ", ".join(first_line(*argv) for argv in (("gh", "--version"), ("wrk", "-v"))),
    }


def processor() -> str:
    model = (
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    return next(model, "unknown processor")


def file_system(directory: Path) -> str:
    return first_line("stat", "--file-system", "--format", "%T", str(directory))


def commit() -> str:
    return first_line("git", "describe", "--always", "--dirty")


def first_line(*argv: str) -> str:
    """What a tool says first; some print their version on standard error and exit with 1."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).partition("\n")[0].strip()
