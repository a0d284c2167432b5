"""Exchanges through a proxy, by httpx, which knows proxies of every kind.

Rule: an error of httpx becomes one of ours here. Only this module imports httpx, because that takes
longer than the rest of `ticket create`.
"""

import ssl
from collections.abc import Iterator, Mapping

import httpx  # noqa: TID253 - this module is imported where there is a proxy

from tickiti_cli.api.connection.answer import (
    Answer,
    AnswerTimeout,
    BadAddress,
    Broken,
    ConnectFailed,
    ConnectTimeout,
    ProxyRefused,
    WireError,
)
from tickiti_cli.api.connection.incoming import refuse_size
from tickiti_cli.api.deadline import Deadline
from tickiti_cli.config.proxy import Proxy


class Proxied:
    """Sends requests through a proxy. A kept-alive connection serves the next request."""

    def __init__(self, context: ssl.SSLContext | None, proxy: Proxy) -> None:
        """Raises ConfigProblem for a proxy that httpx does not support."""
        try:
            self._http = httpx.Client(
                proxy=proxy.url, verify=context or False, trust_env=False, follow_redirects=False
            )
        except ImportError as error:  # SOCKS is an extra of httpx
            missing = "SOCKS needs the Python package socksio, which is missing"
            raise proxy.unusable(missing) from error
        except (ValueError, TypeError, httpx.InvalidURL) as error:
            raise proxy.unusable(str(error).rstrip(".")) from error

    def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes,
        deadline: Deadline,
        has_body: bool = True,
    ) -> Answer:
        """Sends one request. Raises WireError, BadAddress."""
        try:
            with self._http.stream(
                method,
                url,
                content=content,
                headers=[(name.encode(), value.encode()) for name, value in headers.items()],
                timeout=deadline.seconds,
                extensions={"trace": deadline.watch_httpx},
            ) as response:
                body = whole(response.iter_raw()) if has_body else b""
                return Answer(response.status_code, dict(response.headers.items()), body)
        except httpx.InvalidURL as error:
            raise BadAddress(str(error)) from error
        except UnicodeError as error:  # of a name that can be no host's
            raise ConnectFailed(str(error)) from error
        except httpx.HTTPError as error:
            raise _ours(error) from error

    def close(self) -> None:
        self._http.close()


def whole(pieces: Iterator[bytes]) -> bytes:
    """Joins the pieces of a body. Raises Broken beyond the limit."""
    body = bytearray()
    for piece in pieces:
        body += piece
        refuse_size(len(body))
    return bytes(body)


def _ours(error: httpx.HTTPError) -> WireError:
    kinds: list[tuple[type[httpx.HTTPError] | tuple[type[httpx.HTTPError], ...], type[WireError]]]
    kinds = [
        ((httpx.ConnectTimeout, httpx.PoolTimeout), ConnectTimeout),
        (httpx.TimeoutException, AnswerTimeout),
        (httpx.ConnectError, ConnectFailed),
        (httpx.ProxyError, ProxyRefused),
    ]
    kind = next((ours for theirs, ours in kinds if isinstance(error, theirs)), Broken)
    return kind(str(error) or type(error).__name__)
