"""A recorded request as a curl command that works when pasted.

Rule: a shell sees each value of a client as one quoted word, and no secret is in the command: the
token comes from `tickiti auth token`.
"""

from collections.abc import Iterator
from shlex import quote
from urllib.parse import quote as url_quote

from tickiti_server.logs.recent import Request
from tickiti_server.logs.recording import Message, Recording

SENT_AGAIN = ("content-type", "idempotency-key", "accept")
"""Headers of the command. curl sets the others itself, or they are of one connection alone."""

BEARER = '-H "Authorization: Bearer $(tickiti auth token)"'


def command(request: Request, recording: Recording | None, base_url: str) -> str | None:
    """The command; None where the request was not recorded as a whole."""
    if recording is None or not recording["request"]["is_whole"]:
        return None
    return " \\\n  ".join(_words(request, recording, base_url))


def _words(request: Request, recording: Recording, base_url: str) -> Iterator[str]:
    sent = recording["request"]
    query = f"?{recording['query']}" if recording["query"] else ""
    url = f"{base_url}{url_quote(request['path'], safe='/')}{query}"
    source = f"printf %s {quote(sent['body'])} | base64 -d | " if sent["is_base64"] else ""
    options = "-sSg" if set(url) & set("[]{}") else "-sS"
    yield f"{source}curl {options} -X {quote(request['method'])} {quote(url)}"
    names = [name.lower() for name, _ in sent["headers"]]
    if "authorization" in names:
        yield BEARER
    for name, value in sent["headers"]:
        if name.lower() in SENT_AGAIN and value != "*/*":
            yield f"-H {quote(f'{name}: {value}')}"
    if sent["size"] and "content-type" not in names:
        yield "-H Content-Type:"
    yield from _body(sent)


def _body(sent: Message) -> Iterator[str]:
    if not sent["size"]:
        return
    # Not --data-raw for a binary body: a word of a shell has no NUL. Text may begin with an @.
    yield "--data-binary @-" if sent["is_base64"] else f"--data-raw {quote(sent['body'])}"
