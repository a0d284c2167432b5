"""P3: how long a whole process takes to say something that needs no server."""

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.figure import Figure

ROUNDS = 6
RUNS_A_ROUND = 10

TICKITI = str(Path(sys.executable).with_name("tickiti"))


def commands() -> dict[str, list[str]]:
    """What is timed, by the name it has in results.md."""
    return {
        "gh --version": [shutil.which("gh") or "gh", "--version"],
        "python -c pass": [sys.executable, "-c", "pass"],
        "tickiti --version": [TICKITI, "--version"],
        "tickiti ticket create --help": [TICKITI, "ticket", "create", "--help"],
    }


def measure(scratch: Path) -> list[Figure]:
    """`--version` and a help page against `gh --version`; the bare interpreter for orientation."""
    medians = time_alternating(commands(), scratch)
    gh = medians["gh --version"]
    bars = {"tickiti --version": 2.0, "tickiti ticket create --help": 3.0, "python -c pass": 1.0}
    return [
        Figure(
            bar_name="P3" if name.startswith("tickiti") else "-",
            what=f"`{name}` against `gh --version`",
            measured=f"{medians[name]:.1f} ms",
            reference=f"{gh:.1f} ms",
            ratio=medians[name] / gh,
            bar=bar,
            better="lower",
            command=f"hyperfine -N --runs {RUNS_A_ROUND}, {ROUNDS} alternating rounds",
        )
        for name, bar in bars.items()
    ]


def time_alternating(timed: Mapping[str, list[str]], scratch: Path) -> dict[str, float]:
    """Median milliseconds of each command; rounds alternate so that a busy minute hits all."""
    times: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(ROUNDS):
        for name, argv in timed.items():
            times[name] += hyperfine(argv, scratch / "hyperfine.json")
    return {name: 1000 * statistics.median(seconds) for name, seconds in times.items()}


def hyperfine(argv: list[str], report: Path) -> list[float]:
    command = " ".join(f"'{word}'" for word in argv)
    options = ["--warmup", "2", "--runs", str(RUNS_A_ROUND), "--style", "none"]
    subprocess.run(["hyperfine", "-N", *options, "--export-json", str(report), command], check=True)
    seconds: list[float] = json.loads(report.read_bytes())["results"][0]["times"]
    return seconds
