"""`make bench`: run every benchmark and write results.md; `python -m bench.run P3` prints P3.

`make bench-quick` takes a few minutes and prints figures that tell a slip, not a percent.
"""

import compileall
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import (
    creation,
    exporting,
    indexing,
    processes,
    residence,
    searching,
    searching_postgres,
    shared,
    test_mode,
    throughput,
    writing,
)
from bench.figure import Figure
from bench.pace import IS_QUICK
from bench.results import RESULTS, render

BENCHMARKS: dict[str, Callable[[Path], list[Figure]]] = {
    "P1": writing.measure_processes,
    "P3": processes.measure,
    "P4": processes.measure_completion,
    "P5": creation.measure,
    "P6": throughput.measure,
    "P7": throughput.measure_replays,
    "P8": searching.measure,
    "P9": exporting.measure,
    "P10": writing.measure_import,
    "P11": residence.measure,
    "P12": shared.measure,
    "INDEX": indexing.measure,
    "T1": test_mode.measure,
}
BY_NAME: dict[str, Callable[[Path], list[Figure]]] = {"P8-POSTGRES": searching_postgres.measure}
"""Those that take so long that they run only where they are named."""

TOOLS = ("gh", "hyperfine", "wrk")

DATA = Path(__file__).parent.parent / "build"
"""On the repository's own disk: /tmp may be memory, where a sync costs nothing."""


def main(wanted: list[str]) -> int:
    if complaint := cannot_run(wanted):
        print(complaint, file=sys.stderr)
        return 2
    DATA.mkdir(exist_ok=True)
    compile_packages()
    figures: list[Figure] = []
    for name in wanted or BENCHMARKS:
        print(f"measuring {name} ...", file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=DATA, prefix="bench-") as scratch:
            figures += (BENCHMARKS | BY_NAME)[name](Path(scratch))
    report = render(figures, DATA)
    if not wanted and not IS_QUICK:
        RESULTS.write_text(report)
    print(report, end="")
    return 0


def compile_packages() -> None:
    """As pip does when it installs them: nobody's command compiles itself at each start, but in a
    checkout it does where the environment forbids to keep what was compiled."""
    for package in ("tickiti_cli", "tickiti_server"):
        compileall.compile_dir(DATA.parent / package, quiet=1)


def cannot_run(wanted: list[str]) -> str:
    """Why not, or an empty string."""
    known = BENCHMARKS | BY_NAME
    if unknown := [name for name in wanted if name not in known]:
        return f"There is no benchmark {unknown[0]}; there are {', '.join(known)}."
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        return f"Install {', '.join(missing)} first: apt-get install {' '.join(missing)}"
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
