"""What the head of a request must say and may not say, so that all who read it read the same."""

import re
from collections.abc import Sequence

from tickiti_cli.contract.errors import BadRequest

HTTP_VERSIONS = ("1.1", "1.0")

_BLANK = b" \t"

_HOST = re.compile(
    rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]{0,255}|\[[0-9A-Fa-fvV:.]{2,45}\])(?::[0-9]{0,5})?"
)


def refuse_ambiguous(version: str, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """Raise BadRequest where RFC 9112 has a server refuse; names of headers are in lower case."""
    if version not in HTTP_VERSIONS:
        raise BadRequest("Not HTTP/1.1.")
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1
            if not _HOST.fullmatch(value.strip(_BLANK)):
                raise BadRequest("The Host header is not a host, with or without a port.")
        elif name == b"transfer-encoding":
            # What the parser takes beside it would have to be decoded before it is JSON.
            if value.strip(_BLANK).lower() != b"chunked":
                raise BadRequest("The only Transfer-Encoding that this server takes is chunked.")
            if version == "1.0":
                raise BadRequest("HTTP/1.0 has no Transfer-Encoding.")
    if hosts > 1:
        raise BadRequest("Send one Host header, not several.")
    if not hosts and version == "1.1":
        raise BadRequest("HTTP/1.1 asks for a Host header.")
