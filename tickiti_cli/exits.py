"""The last words of a run: turns an error or a signal into a sentence and an exit code.

Rule: a user sees no traceback without --debug.
"""

import errno
import os
import re
import traceback
from typing import TYPE_CHECKING, Any

from tickiti_cli import paths

if TYPE_CHECKING:
    from tickiti_cli.api.client import Client
    from tickiti_cli.contract.errors import ApiError
    from tickiti_cli.errors import TickitiError
    from tickiti_cli.runtime import Runtime

STDOUT, STDERR = 1, 2
READER_SECONDS = 1.0
"""How long a run that is cut short waits for the reader of its output."""

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The system's errors for a disk or a quota that is full."""


_UNEXPECTED = re.compile(r"Got unexpected extra argument\(?s?\)? \((.*)\)$", re.DOTALL)
"""The parser's own sentence for an argument too many."""


def misused(runtime: "Runtime", error: Exception, arguments: list[str]) -> int:
    """Reports a bad command line: the sentence of the parser, and where help is."""
    from tickiti_cli.errors import UsageProblem  # noqa: PLC0415

    context = getattr(error, "ctx", None)
    path = context.command_path if context else "tickiti"
    if type(error).__name__ == "NoArgsIsHelpError":
        return _help_alone(context)
    if _asks_for_json(arguments):
        # The parser stopped before it could tell the flag's side of the command line.
        runtime.given["json"] = True
    sentence = _sentence(error, context, arguments)
    return failed(runtime, UsageProblem(sentence, hint=f"See: {path} --help"))


def _sentence(error: Exception, context: Any, arguments: list[str]) -> str:
    """Returns the sentence of the parser, or ours for an unknown flag and for a missing value."""
    from tickiti_cli.parser.help import unknown  # noqa: PLC0415 - only for a wrong command line

    if fields := unknown.fields_of_json(str(error), arguments):
        return f"--json takes no value. To choose the fields: --json --fields {fields}"
    if type(error).__name__ == "NoSuchOption" and context:
        return unknown.flag(context, getattr(error, "option_name", ""))
    if type(error).__name__ == "MissingParameter" and getattr(error, "param", None):
        return unknown.missing(error.param)  # type: ignore[attr-defined]
    if unexpected := _UNEXPECTED.match(str(error)):
        return unknown.argument(context, unexpected[1])
    if type(error).__name__ == "BadParameter" and getattr(error, "param", None):
        return f"{unknown.name_of(error.param)}: {error.message}"  # type: ignore[attr-defined]
    return str(getattr(error, "format_message", lambda: str(error))())


def _help_alone(context: Any) -> int:
    """Shows help. `tickiti` alone asks for help; a noun alone may be a mistake in a script."""
    from tickiti_cli.parser.help import page  # noqa: PLC0415 - where help is shown

    if context.parent:
        page.remark(context)
        return 2
    page.show(context)
    return 0


def _asks_for_json(arguments: list[str]) -> bool:
    """True if --json seems to be asked for. A body that contains --json counts too, which is good
    enough for an error."""
    formats = ("json", "ndjson")
    return any(
        argument == "--json"
        or argument.removeprefix("--output=") in formats
        or argument.removeprefix("-o") in formats
        for argument in arguments
    )


def failed(runtime: "Runtime", error: "ApiError | TickitiError") -> int:
    from tickiti_cli.errors import OutputLost, exit_code  # noqa: PLC0415

    if isinstance(error, OutputLost):
        give_up_stdout()
    if getattr(error, "status", 0) == 401:
        from tickiti_cli.output.failure import name_rejected_token  # noqa: PLC0415 - of a 401 alone

        name_rejected_token(error, runtime.config)
    try:
        output = runtime.output
    except Exception:  # noqa: BLE001 - a broken setting must not hide the error to be reported
        output = runtime.plainest_output
    output.failure(error)
    if output.is_json:  # a program reads the error's line alone
        runtime.draft = None
    return int(exit_code(error))


def tell_draft(runtime: "Runtime") -> None:
    """Names the file with a text that was typed in an editor and has not reached a server."""
    if runtime.draft:
        runtime.streams.remark(f"Your text is kept in {runtime.draft}")


def forget_draft(runtime: "Runtime") -> None:
    if runtime.draft:
        from tickiti_cli.input.editor import discard  # noqa: PLC0415

        discard(runtime.draft)
        runtime.draft = None


def _is_debugging(runtime: "Runtime") -> bool:
    """Reads no file, because a bad file may be the very error that --debug is to explain."""
    variable = runtime.environ.get(paths.DEBUG, "")
    return bool(runtime.given.get("debug")) or variable not in ("", "0", "false")


def refused_by_system(runtime: "Runtime", error: OSError) -> int:
    """Reports an OSError as a refusal of the system, not as a bug. One without a file name is about
    standard output, because the parser writes help there itself."""
    from tickiti_cli.errors import MachineProblem, OutputLost  # noqa: PLC0415

    if error.errno in FULL and error.filename is None:
        return failed(runtime, OutputLost.because(error))
    if _is_debugging(runtime):
        _show_traceback(runtime, error)
    problem = MachineProblem.because(error)
    client: Client | None = runtime.__dict__.get("client")
    if client and (under_way := client.sender.under_way):
        problem.outcome = client.sender.outcome
        problem.idempotency_key = under_way.request.key
        problem.operation = under_way.operation.id if under_way.operation else None
    return failed(runtime, problem)


def bug(runtime: "Runtime", error: Exception, arguments: list[str]) -> int:
    """Reports a bug in one line, and with a traceback under --debug."""
    if _is_debugging(runtime):
        _show_traceback(runtime, error)
    if isinstance(error, UnicodeEncodeError):
        from tickiti_cli.encoding import not_utf8  # noqa: PLC0415

        for word in arguments:
            if problem := not_utf8(word):
                return failed(runtime, problem)
    runtime.streams.remark(f"tickiti: a bug: {type(error).__name__}: {error}")
    runtime.streams.remark("Please report it, with the traceback that --debug shows.")
    return 1


def _show_traceback(runtime: "Runtime", error: Exception) -> None:
    runtime.streams.remark("".join(traceback.format_exception(error)).rstrip())


def interrupted(runtime: "Runtime", sentence: str, code: int) -> int:
    """Tells whether a write was under way, and how to finish the write; in one line under --quiet,
    because cron mails each line. A pipe that nobody reads is given up, standard error too, because
    the process would stay until its reader leaves."""
    if _is_blocked(STDERR):
        _give_up(STDERR)
    lines = [f"tickiti: {sentence}", *filter(None, [_next_step(runtime)])]
    for line in [" ".join(lines)] if runtime.given.get("quiet") else lines:
        runtime.streams.remark(line)
    if _is_blocked(STDOUT):
        give_up_stdout()
    return code


def _is_blocked(descriptor: int) -> bool:
    """True if nobody reads the pipe of an output, so that a write would wait. A slow reader gets a
    second, because it would miss the end of a line."""
    from select import select  # noqa: PLC0415 - where a run is cut short

    try:
        return not select([], [descriptor], [], READER_SECONDS)[1]
    except (OSError, ValueError):
        return False


def _next_step(runtime: "Runtime") -> str:
    client: Client | None = runtime.__dict__.get("client")
    under_way = client.sender.under_way if client else None
    if client is None or under_way is None:
        name, key = client.sender.applied if client and client.sender.applied else ("", None)
        applied = f"The last write, {name}, was applied. Idempotency key: {key}." if key else ""
        return runtime.next_step or applied
    from tickiti_cli.output.failure import doubt  # noqa: PLC0415 - where a write is cut short

    entry, key = under_way.operation, under_way.request.key
    told = doubt(client.sender.outcome, key, entry.id if entry else None)
    # A write without a key is finished in a way of its own.
    return f"{told} {runtime.next_step}".rstrip() if told and key is None else told


def give_up_stdout() -> None:
    """Points standard output at /dev/null, because the interpreter flushes once more at its end."""
    _give_up(STDOUT)


def _give_up(descriptor: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
