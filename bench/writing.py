"""P1, P2 and P10: what a write costs a whole process, and a file of them."""

import csv
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.figure import Figure
from bench.pace import paced
from bench.peers import environment
from bench.processes import ROUNDS, RUNS_A_ROUND, TICKITI, time_alternating
from bench.servers import bundled

BODY = {
    "originator_email_address": "marcus@trailblazers-club.example",
    "data": {"subject": "Cracked", "content": "At mile 14"},
}
BARE = """
import http.client, json, sys, uuid
host, token = sys.argv[1:]
headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json",
           "Idempotency-Key": str(uuid.uuid4())}
connection = http.client.HTTPConnection(host)
connection.request("POST", "/api/create_ticket", sys.stdin.read(), headers)
print(json.loads(connection.getresponse().read())["data"]["ticket_number"])
"""
UUID = "/proc/sys/kernel/random/uuid"

LINES = paced(5000, 3000)
JOBS = 8
STORM_SECONDS = paced(5, 2)
IMPORTS = paced(3, 2)


def measure_processes(scratch: Path) -> list[Figure]:
    """`ticket create` with its journal, against HTTPie and a bare script making the same POST."""
    body, script = scratch / "body.json", scratch / "bare.py"
    body.write_text(json.dumps(BODY))
    script.write_text(BARE)
    httpie = environment("httpie", "httpie")
    with bundled(scratch) as server:
        os.environ["TICKITI_CONFIG_DIR"] = str(scratch / "config")
        host = server.base_url.removeprefix("http://")
        data = BODY["data"]
        assert isinstance(data, dict)
        create = [TICKITI, "ticket", "create", "--from", str(BODY["originator_email_address"])]
        post = (
            f"{httpie}/http --ignore-stdin POST {server.base_url}/api/create_ticket "
            f"'Authorization:Bearer {server.token}' \"Idempotency-Key:$(cat {UUID})\" @{body}"
        )
        timed = {
            "tickiti": [*create, "-s", data["subject"], "-b", data["content"]],
            "HTTPie": ["sh", "-c", post.replace("'", '"')],
            "http.client": [
                "sh", "-c", f"{sys.executable} {script} {host} \"{server.token}\" < {body}"
            ],
        }  # fmt: skip
        medians = time_alternating(timed, scratch)
    bars = {"HTTPie": ("P1", 0.38), "http.client": ("P2", 1.9)}
    return [
        Figure(
            bar_name=name,
            what=f"`tickiti ticket create` against {peer} making the same POST",
            measured=f"{medians['tickiti']:.0f} ms",
            reference=f"{medians[peer]:.0f} ms",
            ratio=medians["tickiti"] / medians[peer],
            bar=bar,
            better="lower",
            command=f"hyperfine -N --runs {RUNS_A_ROUND}, {ROUNDS} alternating rounds",
        )
        for peer, (name, bar) in bars.items()
    ]


def measure_import(scratch: Path) -> list[Figure]:
    """A file of tickets, journalled, against what the server takes at best."""
    from bench.creation import storm  # noqa: PLC0415 - needs wrk, which P1 does not

    path = scratch / "tickets.csv"
    with path.open("w", newline="") as file:
        rows = ([BODY["originator_email_address"], f"Ticket {n}", "b"] for n in range(LINES))
        csv.writer(file).writerows([["from", "subject", "body"], *rows])
    with bundled(scratch) as server:
        rates = [
            (_import_rate(path, scratch), storm(server, STORM_SECONDS).rate) for _ in range(IMPORTS)
        ]
    ours, theirs = (statistics.median(found) for found in zip(*rates, strict=True))
    return [
        Figure(
            bar_name="P10",
            what=f"`ticket import --jobs {JOBS}` of {LINES:,} lines, against P5's tickets a second",
            measured=f"{ours:,.0f} lines/s",
            reference=f"{theirs:,.0f} tickets/s",
            ratio=ours / theirs,
            bar=0.4,
            better="higher",
            command=f"tickiti ticket import tickets.csv --jobs {JOBS} --again, {IMPORTS} rounds",
        )
    ]


def _import_rate(path: Path, scratch: Path) -> float:
    environ = os.environ | {"TICKITI_CONFIG_DIR": str(scratch / "config")}
    began = time.monotonic()
    argv = [TICKITI, "ticket", "import", str(path), "--jobs", str(JOBS), "--again", "-q"]
    subprocess.run(argv, env=environ, check=True)
    return LINES / (time.monotonic() - began)
