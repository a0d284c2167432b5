"""The addresses of a host, as the system's resolver knows them.

The rule of this file: the resolver cannot be interrupted, so that each look-up has a thread, which
may outlast whoever asked. Those who ask for one host at the same time share its look-up, and the
number of threads is limited.
"""

import socket
import threading
from collections.abc import Callable, Sequence

from tickiti_server.delivery.wire import Deadline

MOST_LOOKUPS = 256
"""Look-ups under way at once, each of another host. A resolver that does not answer holds a thread
for half a minute or so; this is as many as there can be deliveries."""

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host. Raises OSError."""


class NotFound(OSError):
    """A host has no address, or its look-up took too long; the text says which."""


class _LookUp:
    """One look-up under way, and what it has found."""

    def __init__(self) -> None:
        self.is_done = threading.Event()
        self.addresses: Sequence[str] = ()
        self.error: OSError | None = None


_Key = tuple[Resolve, str, int]
_lock = threading.Lock()
_under_way: dict[_Key, _LookUp] = {}


def look_up(host: str, port: int) -> Sequence[str]:
    """As the system knows it, in the system's order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def resolved(resolve: Resolve, host: str, port: int, deadline: Deadline) -> Sequence[str]:
    """The addresses of a host, at least one. Raises NotFound, or TimeoutError if there is no time
    left to begin."""
    left = deadline.left
    found = _begun((resolve, host, port))
    if not found.is_done.wait(left):
        raise NotFound(f"{host} was not found within {deadline.seconds:g} s")
    if found.error is not None:
        raise NotFound(f"{host} was not found: {reason(found.error)}")
    if not found.addresses:
        raise NotFound(f"{host} has no address")
    return found.addresses


def reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def _begun(key: _Key) -> _LookUp:
    """The look-up of a host that is under way, or a new one. Raises NotFound for one too many."""
    with _lock:
        found = _under_way.get(key)
        if found is not None:
            return found
        if len(_under_way) >= MOST_LOOKUPS:
            raise NotFound(f"{key[1]} was not looked up: {MOST_LOOKUPS} look-ups have no answer")
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
