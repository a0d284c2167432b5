"""`tickiti callback listen`: runs a webhook receiver on 127.0.0.1."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from tickiti_cli.bundled_server.webhook_listener import (
    GENUINE,
    UNCHECKED,
    Answered,
    Forward,
    Listener,
    ResponsePolicy,
)
from tickiti_cli.config.addresses import checked_url
from tickiti_cli.config.settings import Format
from tickiti_cli.contract import webhooks
from tickiti_cli.errors import ConditionNotMet, ConfigProblem, Unreachable, UsageProblem
from tickiti_cli.files.private_file import read_secret_file
from tickiti_cli.input.read import read_text
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

DEFAULT_PORT = 8650

RECEIVED = columns("received_at", "id", "signature", "status", "body")
FORWARDED = (*RECEIVED, *columns("answer"))

FORWARD_SECONDS = 9.0
"""The longest wait for the other program: a second less than the server waits for this one."""


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti callback listen --secret-file discount.secret -o ndjson",
        "tickiti callback listen --port 8651 --status 500 --count 3",
        "tickiti callback listen --forward-to http://127.0.0.1:3000/decided --count 1",
    ),
)
def listen(
    ctx: typer.Context,
    *,
    port: Annotated[
        int,
        typer.Option(
            min=0, max=65535, metavar="PORT", help="Port to listen on, 0 for any free port"
        ),
    ] = DEFAULT_PORT,
    secret_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Verify signatures with the secret in FILE"),
    ] = None,
    secret_stdin: Annotated[
        bool, typer.Option("--secret-stdin", help="Verify signatures with the secret from stdin")
    ] = False,
    status: Annotated[
        int | None,
        typer.Option(
            min=200, max=599, metavar="CODE", help="HTTP status of the answers (default: 200)"
        ),
    ] = None,
    forward_to: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Pass callbacks on to URL, and its answers back"),
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Exit after N callbacks")
    ] = None,
) -> None:
    """Run a local webhook receiver

    Prints each callback that arrives on 127.0.0.1. A callback with an invalid signature is printed
    and answered with 401; with --count, the command then exits with 13. --forward-to passes each
    callback on with its headers, and gives its answer back; without one it gives 502.

    Start the server with --allow-callback 127.0.0.1:8650 to let it call this address.
    """
    runtime: Runtime = ctx.obj
    if count is None and runtime.output.format is Format.JSON:
        raise UsageProblem("JSON output needs --count, otherwise use -o ndjson.")
    if forward_to is not None and status is not None:
        raise UsageProblem("--forward-to and --status contradict each other: give one of them.")
    policy = ResponsePolicy(
        secret=_secret(secret_file, from_stdin=secret_stdin),
        status=200 if status is None else status,
        forward=None if forward_to is None else _forwarding(forward_to),
    )
    refused: list[str] = []
    with Listener(port, policy) as listener:
        runtime.output.remark(f"Listening on {listener.url}")
        calls = listener.listen(count, runtime.streams)
        shape = RECEIVED if forward_to is None else FORWARDED
        runtime.output.rows(_collect_refused(calls, refused), shape, as_lines=True)
    if refused:
        raise ConditionNotMet(f"{len(refused)} of {count} callbacks had an invalid signature.")


def _forwarding(url: str) -> Forward:
    """The function that forwards calls to the address. Raises UsageProblem for an address that is
    not a URL."""
    from tickiti_cli.api.connection import relay  # noqa: PLC0415 - for this flag alone

    checked_url(url.partition("?")[0], "--forward-to")

    def forward(_path: str, headers: list[tuple[str, str]], body: bytes) -> Answered:
        passed = relay.passed_on(headers)
        try:
            answer = relay.relay("POST", url, passed, body, seconds=FORWARD_SECONDS)
        except Unreachable as error:
            return Answered(502, str(error).encode(), "text/plain; charset=utf-8")
        kind = next((value for name, value in answer.headers if name.lower() == "content-type"), "")
        return Answered(answer.status, answer.body, kind)

    return forward


def _secret(file: Path | None, *, from_stdin: bool) -> str | None:
    """Read the token that signs callbacks; None where no flag names a token. Raises UsageProblem
    and ConfigProblem for an invalid token."""
    if file is not None and from_stdin:
        raise UsageProblem("Give --secret-file or --secret-stdin, not both.")
    if file is not None:
        hint = "Give --secret-file a file that contains the signing secret (whsec_...)."
        secret, where = read_secret_file(file, hint=hint), str(file)
    elif from_stdin:
        secret, where = read_text("-", flag="--secret-stdin").strip(), "--secret-stdin"
    else:
        return None
    try:
        webhooks.key_of(secret)
    except ValueError as error:
        raise ConfigProblem(f"{where} does not contain a signing secret: {error}.") from None
    return secret


def _collect_refused(
    calls: Iterator[dict[str, Any]], refused: list[str]
) -> Iterator[dict[str, Any]]:
    """Pass the calls on, and add the id of each with an invalid signature to `refused`."""
    for call in calls:
        if call["signature"] not in (GENUINE, UNCHECKED):
            refused.append(str(call["id"]))
        yield call
