"""Checks of a request's head, so that proxies and this server read the same request.

Rule: a head that two HTTP parsers could read differently is refused (request smuggling).
"""

import re
from collections.abc import Sequence

from tickiti_cli.contract.errors import BadRequest

HTTP_VERSIONS = ("1.1", "1.0")

_BLANK = b" \t"

_HOST = re.compile(
    rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]{0,255}|\[[0-9A-Fa-fvV:.]{2,45}\])(?::[0-9]{0,5})?"
)


def refuse_ambiguous(version: str, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Raise BadRequest as RFC 9112 asks. The names of `headers` are in lower case."""
    if version not in HTTP_VERSIONS:
        raise BadRequest("Not HTTP/1.1.")
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
            if not _HOST.fullmatch(value.strip(_BLANK)):
                raise BadRequest("The Host header is not a host, with or without a port.")
        elif name == b"transfer-encoding":
            # The parser also accepts gzip and others, which this server does not decode.
            if value.strip(_BLANK).lower() != b"chunked":
                raise BadRequest("The only Transfer-Encoding that this server takes is chunked.")
            if version == "1.0":
                raise BadRequest("HTTP/1.0 has no Transfer-Encoding.")
    if hosts > 1:
        raise BadRequest("Send one Host header, not several.")
    if not hosts and version == "1.1":
        raise BadRequest("HTTP/1.1 asks for a Host header.")
