"""How long a run takes: `make bench` measures well, and `make bench-quick` in a few minutes."""

import os

IS_QUICK = os.environ.get("TICKITI_BENCH_QUICK") == "1"


def paced(usual: int, quick: int) -> int:
    """A number of rounds, seconds or tickets."""
    return quick if IS_QUICK else usual
