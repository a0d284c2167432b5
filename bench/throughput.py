"""P6 and P7: durable tickets against another helpdesk's, and a stored reply against a fresh one."""

import statistics
from pathlib import Path

from bench.creation import CONNECTIONS, SCRIPT, WARM_UP, storm
from bench.figure import Figure
from bench.helpdesk_peer import helpdesk
from bench.pace import paced
from bench.servers import bundled

ROUNDS = paced(5, 3)
SECONDS = paced(5, 2)
FEW_CONNECTIONS = 8
"""What two synchronous workers can use; more only wait."""

PEERS_SCRIPT = Path(__file__).with_name("helpdesk.lua")
REPLAYS = Path(__file__).with_name("replay.lua")


def measure(scratch: Path) -> list[Figure]:
    """P6: at eight connections each, and with as many of ours as P5 has. The peer's workers make
    more than eight wait so long for the database that some requests time out."""
    few, many = [], []
    with bundled(scratch) as ours, helpdesk(scratch) as theirs:
        storm(ours, WARM_UP)
        storm(theirs, WARM_UP, connections=FEW_CONNECTIONS, script=PEERS_SCRIPT)
        for _ in range(ROUNDS):
            peer = storm(theirs, SECONDS, connections=FEW_CONNECTIONS, script=PEERS_SCRIPT).rate
            few.append((storm(ours, SECONDS, connections=FEW_CONNECTIONS).rate, peer))
            many.append((storm(ours, SECONDS).rate, peer))
    return [_figure(few, FEW_CONNECTIONS), _figure(many, CONNECTIONS)]


def _figure(rounds: list[tuple[float, float]], connections: int) -> Figure:
    ours, theirs = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    return Figure(
        bar_name="P6",
        what=f"create_ticket at {connections} connections against django-helpdesk 2.6"
        f" at {FEW_CONNECTIONS}",
        measured=f"{ours:,.0f} tickets/s",
        reference=f"{theirs:,.0f} tickets/s",
        ratio=ours / theirs,
        bar=25.0,
        better="higher",
        command=f"wrk -t1 -c{connections} -d{SECONDS}s, {ROUNDS} alternating rounds",
    )


def measure_replays(scratch: Path) -> list[Figure]:
    """P7, on one server."""
    with bundled(scratch) as server:
        for script in (SCRIPT, REPLAYS):
            storm(server, WARM_UP, script=script)
        rounds = [
            (storm(server, SECONDS, script=REPLAYS).rate, storm(server, SECONDS).rate)
            for _ in range(ROUNDS)
        ]
    replays, creations = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    return [
        Figure(
            bar_name="P7",
            what=f"replay of a stored reply against a fresh create, {CONNECTIONS} connections",
            measured=f"{replays:,.0f} replies/s",
            reference=f"{creations:,.0f} tickets/s",
            ratio=replays / creations,
            bar=1.5,
            better="higher",
            command=f"wrk -t1 -c{CONNECTIONS} -d{SECONDS}s, {ROUNDS} alternating rounds",
        )
    ]
