"""Resolves host names with the system's resolver, in threads.

Rule: the resolver cannot be interrupted, so each look-up has a thread that may outlast its callers.
Callers for one host share a look-up, and the number of threads is limited.
"""

import socket
import threading
from collections.abc import Callable, Sequence

from tickiti_server.delivery.bounded_socket import Deadline

MOST_LOOKUPS = 256
"""Look-ups that run at once, each for another host. A resolver that does not answer holds a thread
for about half a minute. There are at most as many deliveries."""

Resolve = Callable[[str, int], Sequence[str]]
"""Returns the addresses of a host. Raises OSError."""


class HostNotFound(OSError):
    """A host has no address, or its look-up took too long; the text names the cause."""


class _LookUp:
    """A running look-up and its result."""

    def __init__(self) -> None:
        self.is_done = threading.Event()
        self.addresses: Sequence[str] = ()
        self.error: OSError | None = None


_Key = tuple[Resolve, str, int]
_lock = threading.Lock()
_under_way: dict[_Key, _LookUp] = {}


def look_up(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def resolve(resolve: Resolve, host: str, port: int, deadline: Deadline) -> Sequence[str]:
    """Return at least one address of a host.

    Raises HostNotFound, or TimeoutError after the deadline.
    """
    left = deadline.left
    found = _begun((resolve, host, port))
    if not found.is_done.wait(left):
        raise HostNotFound(f"{host} was not found within {deadline.seconds:g} s")
    if found.error is not None:
        raise HostNotFound(f"{host} was not found: {reason(found.error)}")
    if not found.addresses:
        raise HostNotFound(f"{host} has no address")
    return found.addresses


def reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def _begun(key: _Key) -> _LookUp:
    """Return the running look-up of a host, or start one. Raises HostNotFound for one too many."""
    with _lock:
        found = _under_way.get(key)
        if found is not None:
            return found
        if len(_under_way) >= MOST_LOOKUPS:
            raise HostNotFound(
                f"{key[1]} was not looked up: {MOST_LOOKUPS} look-ups have no answer"
            )
        found = _under_way[key] = _LookUp()
    threading.Thread(target=_work, args=(key, found), name="look-up", daemon=True).start()
    return found


def _work(key: _Key, found: _LookUp) -> None:
    resolve, host, port = key
    try:
        found.addresses = resolve(host, port)
    except (OSError, UnicodeError) as error:
        found.error = error if isinstance(error, OSError) else OSError(str(error))
    finally:
        with _lock:
            del _under_way[key]
        found.is_done.set()
