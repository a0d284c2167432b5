"""A request: sent as it is, or shown as JSON or as a curl command that does the same."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import uuid4

from tickiti_cli import __version__, paths
from tickiti_cli.contract.endpoint import Access, Endpoint, Key
from tickiti_cli.errors import UsageProblem

MOST_ARGUMENT = 100_000
"""Bytes of a body that is an argument of curl; Linux takes one of 128 KiB at most."""

END = "END_OF_BODY"
USER_AGENT = f"tickiti/{__version__}"


class Upload(NamedTuple):
    """A file as a member of a body: its name and its bytes."""

    name: str
    content: bytes


class Request(NamedTuple):
    """A request without its token. `content` holds the exact bytes of every attempt."""

    endpoint: Endpoint
    url: str
    content: bytes
    key: str | None
    form: Mapping[str, Any] | None = None
    """The members of a multipart body; None for JSON."""

    files: tuple[dict[str, Any], ...] = ()
    """The uploaded files that the body names, as the journal stores them."""

    @property
    def is_write(self) -> bool:
        return self.endpoint.writes

    @property
    def headers(self) -> dict[str, str]:
        found = {
            "Accept": "application/json",
            # A reply is small, and a compressed one could unfold to any size.
            "Accept-Encoding": "identity",
            "User-Agent": USER_AGENT,
        }
        if self.form is not None:
            first, _, _ = self.content.partition(b"\r\n")
            boundary = first.decode().removeprefix("--").removesuffix("--")
            found["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        elif self.content:
            found["Content-Type"] = "application/json"
        return found | ({"Idempotency-Key": self.key} if self.key else {})


class Preview(Exception):
    """Raised instead of sending a write under --dry-run and --print-curl."""

    def __init__(self, request: Request) -> None:
        self.request = request
        super().__init__("preview")


def as_record(request: Request) -> dict[str, Any]:
    """Returns the request as JSON shows it, without the token."""
    return {
        "method": request.endpoint.method,
        "url": request.url,
        "idempotency_key": request.key,
        "body": _body_of(request),
    }


def key_for(endpoint: Endpoint, given: str | None) -> str | None:
    """Returns the idempotency key of a request: the given one, else a new one where the endpoint
    requires one. Raises UsageProblem."""
    if endpoint.key is Key.NONE or (endpoint.key is Key.OPTIONAL and given is None):
        return None
    key = str(uuid4()) if given is None else given
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise UsageProblem("--idempotency-key must be 1 to 255 printable characters.")
    return key


def form_content(members: Mapping[str, Any]) -> bytes:
    """Returns the multipart body (RFC 7578) of text members and files. It begins with its
    boundary, which follows from the parts, so that every attempt sends the same bytes."""
    from hashlib import sha256  # noqa: PLC0415 - only uploads need it

    parts = [_part(name, value) for name, value in members.items()]
    boundary = f"tickiti-{sha256(b''.join(parts)).hexdigest()[:40]}".encode()
    return (
        b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary
    )


def _part(name: str, value: Any) -> bytes:
    head = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if isinstance(value, Upload):
        head += f'; filename="{_quoted(value.name)}"\r\nContent-Type: application/octet-stream'
        return head.encode() + b"\r\n\r\n" + value.content
    return f"{head}\r\n\r\n{value}".encode()


def _quoted(text: str) -> str:
    """Escapes a name as browsers do."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _body_of(request: Request) -> Any:
    """Returns the body as JSON shows it: a file by its name and size."""
    if request.form is None:
        return json.loads(request.content or b"{}")
    return {
        name: {"name": value.name, "file_size": len(value.content)}
        if isinstance(value, Upload)
        else str(value)
        for name, value in request.form.items()
    }


def as_curl(request: Request) -> str:
    """Returns lines for any POSIX shell. The token comes from the environment, never from the text.

    A long body is a here-document. `head` removes the line break at its end, because a key may be
    sent again only with the same bytes.
    """
    import shlex  # noqa: PLC0415 - no request that is sent needs quotes

    parts = ["curl", "-X", request.endpoint.method, shlex.quote(request.url)]
    dropped = {"User-Agent"} | ({"Content-Type"} if request.form is not None else set())
    headers = {name: value for name, value in request.headers.items() if name not in dropped}
    for name, value in headers.items():
        parts += ["-H", shlex.quote(f"{name}: {value}")]
    if request.endpoint.access is not Access.PUBLIC:
        parts += ["-H", f'"Authorization: Bearer ${paths.API_TOKEN}"']
    if request.form is not None:
        return " ".join([*parts, *_curl_form(request.form)])
    command, body = " ".join(parts), request.content.decode()
    if len(request.content) <= MOST_ARGUMENT:
        return f"{command} -d {shlex.quote(body)}"
    end = _end_of(body)
    return f"head -c {len(request.content)} <<'{end}' | {command} --data-binary @-\n{body}\n{end}"


def _curl_form(form: Mapping[str, Any]) -> list[str]:
    import shlex  # noqa: PLC0415 - no request that is sent needs quotes

    words: list[str] = []
    for name, value in form.items():
        is_file = isinstance(value, Upload)
        part = f"{name}=@{value.name}" if is_file else f"{name}={value}"
        # After -F, curl would read the file that a text such as `@name` or `<name` names.
        words += ["-F" if is_file else "--form-string", shlex.quote(part)]
    return words


def _end_of(body: str) -> str:
    """Returns a delimiter that is not a line of the body."""
    lines, end = set(body.split("\n")), END
    while end in lines:
        end += "_"
    return end
