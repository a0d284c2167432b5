"""An answer of a server, and the errors of an exchange that got none.

Rule: an answer is whole. What ends early, or is not HTTP, is an error.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Answer(NamedTuple):
    """The names of `headers` are in lower case; a header that came twice is joined by commas."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""


NO_ANSWER = Answer(0, {})


class WireError(Exception):
    """An exchange without a whole answer. The cause is the error of the system, if there is one."""


class ConnectFailed(WireError):
    """No connection, so that nothing was sent."""


class ConnectTimeout(WireError):
    """No connection in time, so that nothing was sent."""


class AnswerTimeout(WireError):
    """The connection is there, but no whole answer came in time."""


class Broken(WireError):
    """The connection ended before the answer did."""


class Unreadable(WireError):
    """Something came that is not HTTP."""


class ProxyRefused(WireError):
    """The proxy made no connection to the server."""


class BadAddress(Exception):
    """The URL cannot be one of a server."""
