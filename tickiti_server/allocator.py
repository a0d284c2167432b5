"""Memory that goes back to the system as soon as it is free.

glibc asks the system for a large block by itself and gives it back at once, until the first is
freed: from then on blocks of that size, up to 32 MiB, come from heaps of which each thread has its
own, and a small object behind one keeps all of it. Bodies and replies of a few clients then took a
gigabyte for good.
"""

import ctypes
from contextlib import suppress

LARGE = 512 * 1024
"""Bytes of a block that is asked for by itself: only bodies and replies have as many."""

HEAPS = 2
"""Few threads allocate at the same time, since they share the interpreter's lock."""

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
"""Names in malloc.h."""


def give_back_large_blocks() -> None:
    """Set once, before other threads begin. Where there is another C library, nothing is done."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_ARENA_MAX, HEAPS)
