"""P5: durable tickets a second over HTTP, against the yardstick, which checks nothing."""

import os
import re
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figure import Figure
from bench.pace import paced
from bench.servers import Server, await_index, bundled, unindexed, yardstick

ROUNDS = paced(5, 3)
SECONDS = paced(10, 2)
WARM_UP = paced(3, 1)
CONNECTIONS = 32
SCRIPT = Path(__file__).with_name("create_ticket.lua")

MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Round:
    """What wrk saw: tickets a second, and two points of the latency distribution in ms."""

    rate: float
    median: float
    p99: float

    @property
    def tail(self) -> float:
        return self.p99 / self.median


def measure(scratch: Path) -> list[Figure]:
    """Rounds alternate between servers that run side by side; an idle one costs nothing, and one
    that still indexes is waited for. The bar is for a server without its index of texts, which
    trails behind the tickets."""
    with (
        unindexed(scratch) as ours,
        bundled(scratch) as whole,
        yardstick(scratch) as bare,
    ):
        servers = (ours, whole, bare)
        rounds: list[list[Round]] = [[], [], []]
        for seconds in (WARM_UP, *[SECONDS] * ROUNDS):
            for server, seen in zip(servers, rounds, strict=True):
                seen.append(storm(server, seconds))
                if server is whole:
                    await_index(whole)
    without, indexing, reference = (seen[1:] for seen in rounds)
    return [
        *figures(without, reference, what="without the index of texts", name="P5"),
        *figures(indexing, reference, what="while it indexes texts", name="-"),
    ]


def figures(ours: Sequence[Round], bare: Sequence[Round], *, what: str, name: str) -> list[Figure]:
    command = f"wrk -t1 -c{CONNECTIONS} -d{SECONDS}s, {ROUNDS} alternating rounds"
    rate, reference = (statistics.median(r.rate for r in rounds) for rounds in (ours, bare))
    tail, reference_tail = (statistics.median(r.tail for r in rounds) for rounds in (ours, bare))
    usual, reference_usual = (
        statistics.median(r.median for r in rounds) for rounds in (ours, bare)
    )
    return [
        Figure(
            bar_name=name,
            what=f"create_ticket at 32 connections against the yardstick, {what}",
            measured=f"{rate:,.0f} tickets/s",
            reference=f"{reference:,.0f} tickets/s",
            ratio=rate / reference,
            bar=0.6,
            better="higher",
            command=command,
        ),
        Figure(
            bar_name=name,
            what=f"its p99 / median against the yardstick's own, {what}",
            measured=f"{tail:.2f}, median {usual:.2f} ms",
            reference=f"{reference_tail:.2f}, median {reference_usual:.2f} ms",
            ratio=tail / reference_tail,
            bar=1.5,
            better="lower",
            command=command,
        ),
    ]


def storm(
    server: Server, seconds: int, *, connections: int = CONNECTIONS, script: Path = SCRIPT
) -> Round:
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script)]
    environment = os.environ | {"TOKEN": server.token}
    report = subprocess.run(
        [*argv, server.base_url], env=environment, check=True, capture_output=True, text=True
    ).stdout
    if "Non-2xx" in report or "Socket errors" in report:
        raise RuntimeError(f"wrk met failures, so its figures mean nothing:\n{report}")
    return Round(read_rate(report), read_percentile(report, 50), read_percentile(report, 99))


def read_rate(report: str) -> float:
    found = re.search(r"^Requests/sec:\s+([\d.]+)$", report, re.MULTILINE)
    assert found, report
    return float(found[1])


def read_percentile(report: str, percent: int) -> float:
    """Milliseconds."""
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)$", report, re.MULTILINE)
    assert found, report
    return float(found[1]) * MILLISECONDS[found[2]]
