"""Tells why an attempt got no reply: the cause and the cure, in the words of a user.

Rule: an error says whether the request may have arrived, and whether a retry may succeed.
"""

import socket
import ssl
from urllib.parse import urlsplit

from tickiti_cli.api.connection.answer import (
    AnswerTimeout,
    ConnectFailed,
    ConnectTimeout,
    ProxyRefused,
    Unreadable,
    WireError,
)
from tickiti_cli.api.request import Request
from tickiti_cli.config.addresses import is_loopback
from tickiti_cli.config.proxy import Proxy
from tickiti_cli.errors import TimedOut, Unreachable

WRONG_HOST = "Check the base URL: tickiti profile show"
NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")
"""OpenSSL's reasons for an answer that is not TLS: plain HTTP, most often."""

TLS_ALERT = r"\x15\x03"
"""How a server that speaks TLS answers plain HTTP: an alert record (RFC 8446 5.1)."""

TLS_SECONDS = 2.0
"""How long a server may take to show that it speaks TLS."""

_without_tls: set[str] = set()
"""Base URLs that did not answer a TLS handshake. Each is asked once, so that no retry waits for a
handshake again."""


def unreachable(
    error: WireError, base_url: str, proxy: Proxy | None, *, seconds: float, is_over: bool
) -> Unreachable:
    """Returns the error of an attempt without a reply: whether the request may have arrived, and
    whether a retry may succeed. `is_over`: the deadline of `seconds` ended the attempt."""
    if is_over or isinstance(error, (ConnectTimeout, AnswerTimeout)):
        arrived = not isinstance(error, ConnectTimeout)
        message = f"{base_url} did not answer within {round(seconds, 1):g} s."
        return TimedOut(message, may_have_arrived=arrived)
    if isinstance(error, ConnectFailed):
        return _no_connection(error, base_url, proxy)
    if isinstance(error, ProxyRefused) and proxy:
        message = f"The proxy {proxy.shown} ({proxy.variable}) refused: {_reason(error)}."
        return Unreachable(message, may_have_arrived=False, can_retry=False)
    is_alert = isinstance(error, Unreadable) and TLS_ALERT in str(error)
    if is_alert or (proxy is None and _speaks_tls(base_url)):
        message = f"{base_url} speaks TLS."
        hint = f"Use its address with https: {_with_scheme(base_url, 'https')}"
        return Unreachable(message, may_have_arrived=False, can_retry=False, hint=hint)
    if isinstance(error, Unreadable):
        message = f"{base_url} sent a reply that cannot be read: {_reason(error)}."
        return Unreachable(message, may_have_arrived=True)
    message = f"The connection to {base_url} broke: {_reason(error)}."
    return Unreachable(message, may_have_arrived=True)


def _no_connection(error: ConnectFailed, base_url: str, proxy: Proxy | None) -> Unreachable:
    """Returns the error of a failed connection, with its cause and its cure."""
    cause = _cause(error)
    if isinstance(cause, ssl.SSLError):
        return _no_tls(cause, base_url)
    message, hint = f"No connection to {base_url}: {_reason(error)}.", WRONG_HOST
    if proxy:
        message = f"No connection to the proxy {proxy.shown} ({proxy.variable}): {_reason(error)}."
        hint = f"Change {proxy.variable}, or name the hosts that need no proxy in NO_PROXY."
    elif isinstance(cause, UnicodeError):
        message = f"The host name of {base_url} is not valid."
    elif isinstance(cause, socket.gaierror):
        message = f"The host name of {base_url} cannot be resolved: {_reason(error)}."
    return Unreachable(
        message,
        may_have_arrived=False,
        # A name server that does not answer may answer later; a name that it denies is mistyped.
        can_retry=getattr(cause, "errno", None) != socket.EAI_NONAME
        and not isinstance(cause, UnicodeError),
        is_refused_here=isinstance(cause, ConnectionRefusedError)
        and proxy is None
        and is_loopback(base_url),
        hint=hint,
    )


def _no_tls(cause: ssl.SSLError, base_url: str) -> Unreachable:
    """Returns the error of a failed TLS handshake. The error is not retried, because a bad
    certificate stays bad."""
    if isinstance(cause, ssl.SSLCertVerificationError):
        message = f"The certificate of {base_url} is not trusted: {_reason(cause)}."
        hint = "Trust its authority with --ca-bundle FILE, or check the address."
    elif cause.reason in NOT_TLS:
        message = f"{base_url} does not speak TLS."
        hint = f"If that server has no TLS, its address is {_with_scheme(base_url, 'http')}"
    else:
        message, hint = f"No connection to {base_url}: {_reason(cause)}.", WRONG_HOST
    return Unreachable(message, may_have_arrived=False, can_retry=False, hint=hint)


def _speaks_tls(base_url: str) -> bool:
    """True if the server behind an http address answers a TLS handshake, if only by an alert. Such
    a server ends a connection that begins with plain HTTP, often without a readable reply. Nothing
    of the request is sent to it."""
    parts = urlsplit(base_url)
    if parts.scheme != "http" or parts.hostname is None or base_url in _without_tls:
        return False
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    place = (parts.hostname, parts.port or 80)
    try:
        with (
            socket.create_connection(place, timeout=TLS_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname),
        ):
            return True
    except ssl.SSLError as error:
        if "ALERT" in (error.reason or ""):
            return True
    except (OSError, ValueError):
        pass
    _without_tls.add(base_url)
    return False


def _with_scheme(base_url: str, scheme: str) -> str:
    return f"{scheme}://{base_url.partition('://')[2]}"


def _cause(error: BaseException) -> BaseException:
    """Returns the innermost error, which is wrapped once or twice."""
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return error


def _reason(error: Exception) -> str:
    """Returns the words of the system or of TLS, without an error number."""
    cause = _cause(error)
    text = str(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        text = cause.verify_message
    elif isinstance(cause, OSError) and cause.strerror:
        text = cause.strerror
    elif isinstance(cause, UnicodeError):
        text = "the host name is not valid"
    return text.rstrip(".") or type(error).__name__


def without_api(request: Request) -> str:
    """Returns the hint for a base URL that ends in /api, as the vendor's documentation writes it;
    empty for any other."""
    base_url = request.url.partition(f"{request.endpoint.path}")[0].rstrip("/")
    for ending in ("/api/v1", "/api"):
        if base_url.endswith(ending):
            return f"Use {base_url.removesuffix(ending)} as the base URL, without {ending}."
    return ""
