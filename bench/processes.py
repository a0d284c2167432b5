"""P3 and P4: how long a process takes to say something that needs no server, and a TAB."""

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.figure import Figure
from bench.pace import paced

ROUNDS = paced(6, 2)
RUNS_A_ROUND = paced(10, 5)

MORE_TABS = 100
"""In one shell, so that what a TAB takes is not lost in the start of a process."""

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


def measure_completion(scratch: Path) -> list[Figure]:
    """A TAB in bash: the first one, for which a shell starts and loads the script, and others."""
    script = Path(__file__).parent.parent / "completions" / "tickiti.bash"
    typed = "tickiti token mint --ability tick"
    tab = (
        f'source "{script}"; COMP_LINE="{typed}" COMP_POINT={len(typed)} COMP_CWORD=4; '
        f"COMP_WORDS=({typed}); _tickiti; test ${{#COMPREPLY[@]}} = 4"
    )
    bash = shutil.which("bash") or "bash"
    commands = {
        "true": [bash, "-c", "true"],
        "first": [bash, "-c", tab],
        "more": [bash, "-c", f"{tab}; for i in {{1..{MORE_TABS}}}; do _tickiti; done"],
    }
    medians = time_alternating(commands, scratch)
    took = {
        "the first TAB of a shell, its start and loading the script included": medians["first"],
        "another TAB in it": (medians["more"] - medians["first"]) / MORE_TABS,
    }
    return [
        Figure(
            bar_name="P4",
            what=f"{what}, against `bash -c true`",
            measured=f"{milliseconds:.2f} ms",
            reference=f"{medians['true']:.2f} ms",
            ratio=milliseconds / medians["true"],
            bar=2.0,
            better="lower",
            command=f"hyperfine -N --runs {RUNS_A_ROUND}, {ROUNDS} alternating rounds",
        )
        for what, milliseconds in took.items()
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
