"""The program's edge: run the command line, and turn whatever happens into an exit code."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # `python -m tickiti_cli` looks for every module in the folder where it was typed first.
    del sys.path[0]

import errno
import gc
import json
import os
import signal
import traceback
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from tickiti_cli.client import Client
    from tickiti_cli.contract.errors import ApiError
    from tickiti_cli.errors import TickitiError
    from tickiti_cli.replies import Preview
    from tickiti_cli.runtime import Runtime


YOUNG_OBJECTS = 100_000
"""Between two looks for garbage. What is imported is none, and there were dozens of looks at it; a
job of many lines makes this much in a second."""

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Terminated(BaseException):
    """SIGTERM arrived."""


def main() -> NoReturn:
    """Ends the process with one of the codes of ExitCode."""
    gc.set_threshold(YOUNG_OBJECTS)
    try:
        code = _run(sys.argv[1:])
    except BrokenPipeError:
        # The reader went away, as `head` does.
        _give_up_stdout()
        code = 141
    except Exception as error:  # noqa: BLE001 - while an error was reported: still no traceback
        _say(f"tickiti: a bug: {type(error).__name__}: {error}")
        code = 1
    _end(code)


def _say(line: str) -> None:
    """To standard error, if there is one, without any of our own modules: one may be at fault."""
    with suppress(AttributeError, OSError, ValueError):
        sys.stderr.write(f"{line.encode('ascii', 'backslashreplace').decode()}\n")


def _end(code: int) -> NoReturn:
    """At once: taking the interpreter apart took an eighth of `ticket create`, and a thread that
    still waits for a server would hold up whoever pressed Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # closed, full or never there
            stream.flush()
    os._exit(code)


def _run(arguments: list[str]) -> int:
    if arguments == ["--version"] and sys.stdout and sys.stderr:  # neither is closed
        # Asked by scripts and prompts: no reason to import the whole command line.
        from tickiti_cli import __version__  # noqa: PLC0415

        return _write_version(__version__)
    from tickiti_cli import own_programs  # noqa: PLC0415
    from tickiti_cli.runtime import Runtime  # noqa: PLC0415
    from tickiti_cli.streams import open_missing_descriptors  # noqa: PLC0415

    own_programs.settle_path()
    open_missing_descriptors()
    _leave_no_core()
    signal.signal(signal.SIGTERM, _terminate)
    runtime = Runtime()
    runtime.streams.settle()
    try:
        return _dispatch(arguments, runtime)
    except KeyboardInterrupt:
        return _interrupted(runtime, "Interrupted.", 130)
    except Terminated:
        return _interrupted(runtime, "Ended by SIGTERM.", 143)
    finally:
        _tell_draft(runtime)


def _write_version(version: str) -> int:
    try:
        sys.stdout.write(f"tickiti {version}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _give_up_stdout()
        sys.stderr.write(f"tickiti: The result could not be written: {error.strerror}.\n")
        return 2
    return 0


def _dispatch(arguments: list[str], runtime: "Runtime") -> int:
    from typer import Exit, TyperException  # noqa: PLC0415
    from typer.main import get_command  # noqa: PLC0415

    from tickiti_cli.app import app  # noqa: PLC0415
    from tickiti_cli.contract.errors import ApiError  # noqa: PLC0415
    from tickiti_cli.errors import TickitiError  # noqa: PLC0415

    try:
        root = get_command(app)
        # Not root.main(): it takes Ctrl-C for itself, and a write has something to say then.
        with root.make_context("tickiti", arguments, obj=runtime) as context:
            _invoke(root, context, runtime)
        runtime.streams.flush()
    except Exit as end:
        return end.exit_code
    except TyperException as error:
        return _misused(runtime, error, arguments)
    except (ApiError, TickitiError) as error:
        return _failed(runtime, error)
    except BrokenPipeError:
        raise
    except OSError as error:
        return _lost(runtime, error)
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback for users
        return _broken(runtime, error, arguments)
    return 0


def _invoke(root: Any, context: Any, runtime: "Runtime") -> None:
    from tickiti_cli.replies import Preview  # noqa: PLC0415

    try:
        root.invoke(context)
    except Preview as preview:
        _show_preview(runtime, preview)
    else:
        _forget_draft(runtime)


def _misused(runtime: "Runtime", error: Exception, arguments: list[str]) -> int:
    """A bad command line: the parser's sentence and the way to help."""
    from tickiti_cli.errors import UsageProblem  # noqa: PLC0415

    context = getattr(error, "ctx", None)
    path = context.command_path if context else "tickiti"
    if type(error).__name__ == "NoArgsIsHelpError":
        return _help_alone(runtime, context)
    if _asks_for_json(arguments):
        # The parser stopped before it could tell the flag's side of the command line.
        runtime.given["json"] = True
    sentence = getattr(error, "format_message", lambda: str(error))()
    return _failed(runtime, UsageProblem(sentence, hint=f"See: {path} --help"))


def _help_alone(runtime: "Runtime", context: Any) -> int:
    """`tickiti` alone asks what there is; a noun without its verb may be a script's mistake."""
    text = context.get_help() if context else ""
    if context and context.parent:
        runtime.streams.remark(text)
        return 2
    runtime.streams.write(f"{text}\n")
    runtime.streams.flush()
    return 0


def _asks_for_json(arguments: list[str]) -> bool:
    """Good enough for an error that nobody foresaw: a body may say --json as well."""
    formats = ("json", "ndjson")
    return any(
        argument == "--json"
        or argument.removeprefix("--output=") in formats
        or argument.removeprefix("-o") in formats
        for argument in arguments
    )


def _show_preview(runtime: "Runtime", preview: "Preview") -> None:
    """--print-curl shows a shell line, --dry-run the request itself."""
    from tickiti_cli.preview import as_curl, as_record  # noqa: PLC0415

    if runtime.globals.print_curl:
        runtime.output.text(as_curl(preview.request))
    else:
        record = as_record(preview.request)
        runtime.output.raw(record, json.dumps(record, ensure_ascii=False))


def _failed(runtime: "Runtime", error: "ApiError | TickitiError") -> int:
    from tickiti_cli.errors import OutputLost, exit_code  # noqa: PLC0415

    if isinstance(error, OutputLost):
        _give_up_stdout()
    try:
        output = runtime.output
    except Exception:  # noqa: BLE001 - the error to be reported counts, whatever else is broken
        output = runtime.plainest_output
    output.failure(error)
    if output.is_json:  # whose reader expects the error's line alone
        runtime.draft = None
    return int(exit_code(error))


def _tell_draft(runtime: "Runtime") -> None:
    """What was typed in an editor and did not arrive is not lost."""
    if runtime.draft:
        runtime.streams.remark(f"What you typed is kept in {runtime.draft}")


def _forget_draft(runtime: "Runtime") -> None:
    if runtime.draft:
        from tickiti_cli.editor import discard  # noqa: PLC0415

        discard(runtime.draft)
        runtime.draft = None


def _lost(runtime: "Runtime", error: OSError) -> int:
    """What the system refused is told as that, not as a bug. The parser writes help to standard
    output itself, so that a full disk without a name is the output's."""
    from tickiti_cli.errors import MachineProblem, OutputLost  # noqa: PLC0415

    if error.errno in FULL and error.filename is None:
        return _failed(runtime, OutputLost.because(error))
    if runtime.is_debugging:
        _show_traceback(runtime, error)
    problem = MachineProblem.because(error)
    client: Client | None = runtime.__dict__.get("client")
    if client and (under_way := client.under_way):
        problem.outcome = client.outcome
        problem.idempotency_key = under_way.request.key
        problem.operation = under_way.entry.id if under_way.entry else None
    return _failed(runtime, problem)


def _broken(runtime: "Runtime", error: Exception, arguments: list[str]) -> int:
    """A bug: one line, and the traceback for those who ask for it."""
    if runtime.is_debugging:
        _show_traceback(runtime, error)
    if isinstance(error, UnicodeEncodeError):
        from tickiti_cli.encoding import not_utf8  # noqa: PLC0415

        for word in arguments:
            if problem := not_utf8(word):
                return _failed(runtime, problem)
    runtime.streams.remark(f"tickiti: a bug: {type(error).__name__}: {error}")
    runtime.streams.remark("Run it again with --debug for the traceback, and please report it.")
    return 1


def _show_traceback(runtime: "Runtime", error: Exception) -> None:
    runtime.streams.remark("".join(traceback.format_exception(error)).rstrip())


def _interrupted(runtime: "Runtime", sentence: str, code: int) -> int:
    """Say whether a write was on its way, and how to finish it; to cron in one line."""
    lines = [f"tickiti: {sentence}", *filter(None, [_way_on(runtime)])]
    for line in [" ".join(lines)] if runtime.given.get("quiet") else lines:
        runtime.streams.remark(line)
    return code


def _way_on(runtime: "Runtime") -> str:
    client: Client | None = runtime.__dict__.get("client")
    under_way = client.under_way if client else None
    if client is None or under_way is None:
        return runtime.way_on
    from tickiti_cli.failures import doubt  # noqa: PLC0415 - where a write is cut short

    entry = under_way.entry
    return doubt(client.outcome, under_way.request.key, entry.id if entry else None)


def _leave_no_core() -> None:
    """A token that was read is in memory: a crash of the interpreter must not put it on the disk.
    Whoever wants one of a program that is started from here can raise the limit again."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - there is none on Windows

        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def _give_up_stdout() -> None:
    """The interpreter would flush into it once more at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated


if __name__ == "__main__":
    main()
