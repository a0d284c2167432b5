"""Settings of glibc's malloc that return freed large blocks to the system at once.

By default glibc raises its mmap threshold up to 32 MiB when the first large block is freed. Large
blocks then come from a heap of each thread, where one small object keeps the memory. Bodies and
replies of a few clients took a gigabyte until the process ended.
"""

import ctypes
from contextlib import suppress

LARGE = 512 * 1024
"""Bytes from which a block is mapped on its own: only bodies and replies are so large."""

HEAPS = 2
"""Heaps (arenas). Few threads allocate at a time, because they share the interpreter lock."""

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
"""M_MMAP_THRESHOLD and M_ARENA_MAX of malloc.h."""


def return_large_blocks() -> None:
    """Set the options, before other threads start. Does nothing without glibc."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_ARENA_MAX, HEAPS)
