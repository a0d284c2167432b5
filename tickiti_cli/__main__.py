"""Runs the command line and ends the process with an exit code."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # `python -m tickiti_cli` looks for every module in the folder where it was typed first.
    del sys.path[0]

import gc
import os
import signal
from contextlib import suppress

TYPE_CHECKING = False  # typing takes 2 ms, and Ctrl-C shows a traceback until main() runs
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, NoReturn

    from tickiti_cli.api.request import Preview
    from tickiti_cli.runtime import Runtime


YOUNG_OBJECTS = 100_000
"""Objects between two collections of the garbage collector. The default makes dozens of
collections while modules are imported; a bulk job makes this many objects in a second."""


class Terminated(BaseException):
    """Raised in the main thread by SIGTERM, and by SIGHUP."""


def main() -> "NoReturn":
    """Ends the process with one of the codes of ExitCode."""
    _end_silently_on_interrupt()
    # Before all else: an error such as too many open files would stop the import of its reporter.
    from tickiti_cli import exits  # noqa: PLC0415

    gc.set_threshold(YOUNG_OBJECTS)
    try:
        code = _run(sys.argv[1:])
    except KeyboardInterrupt:  # once more, while the first one was reported
        code = 130
    except Terminated:
        code = 143
    except BrokenPipeError:
        # The reader closed the pipe, as `head` does.
        exits.give_up_stdout()
        code = 141
    except Exception as error:  # noqa: BLE001 - a bug in the report of an error: no traceback either
        _say(f"tickiti: a bug: {type(error).__name__}: {error}")
        code = 1
    _end(code)


def _end_silently_on_interrupt() -> None:
    """Lets Ctrl-C end the process while modules are imported, when nothing has begun: Python would
    write a traceback. An ignored signal, as in the background of a script, stays ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _say(line: str) -> None:
    """Writes to standard error without our own modules, because one of them may be at fault."""
    with suppress(AttributeError, OSError, ValueError):
        sys.stderr.write(f"{line.encode('ascii', 'backslashreplace').decode()}\n")


def _end(code: int) -> "NoReturn":
    """Ends the process without the clean-up of the interpreter, which takes an eighth of `ticket
    create`, and which waits for threads that still wait for a server."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # closed, full or never there
            stream.flush()
    os._exit(code)


def _run(arguments: list[str]) -> int:
    if arguments == ["--version"] and sys.stdout and sys.stderr:  # neither is closed
        # Scripts and prompts ask often, so that the command line is not imported.
        from tickiti_cli import __version__  # noqa: PLC0415

        return _write_version(__version__)
    from tickiti_cli import exits, own_programs  # noqa: PLC0415
    from tickiti_cli.output.streams import open_missing_descriptors  # noqa: PLC0415
    from tickiti_cli.runtime import Runtime  # noqa: PLC0415

    own_programs.settle_path()
    open_missing_descriptors()
    _leave_no_core()
    runtime = Runtime()
    runtime.streams.settle()
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # ignored under nohup, where it stays so
        # A terminal that closes ends a write as SIGTERM does: told, tidied up and, if it is a
        # rotation, undone.
        signal.signal(signal.SIGHUP, _terminate)
    try:
        return _dispatch(arguments, runtime)
    except KeyboardInterrupt:
        return exits.interrupted(runtime, "Interrupted.", 130)
    except Terminated:
        return exits.interrupted(runtime, "Terminated.", 143)
    finally:
        exits.tell_draft(runtime)


def _write_version(version: str) -> int:
    try:
        sys.stdout.write(f"tickiti {version}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        from tickiti_cli import exits  # noqa: PLC0415

        exits.give_up_stdout()
        sys.stderr.write(f"tickiti: Cannot write the output: {error.strerror}.\n")
        return 2
    return 0


def _dispatch(arguments: list[str], runtime: "Runtime") -> int:
    from typer import Exit, TyperException  # noqa: PLC0415
    from typer.main import get_command  # noqa: PLC0415

    from tickiti_cli import exits  # noqa: PLC0415
    from tickiti_cli.contract.errors import ApiError  # noqa: PLC0415
    from tickiti_cli.errors import TickitiError  # noqa: PLC0415
    from tickiti_cli.parser.app import app  # noqa: PLC0415

    try:
        root = get_command(app)
        # Not root.main(), which handles Ctrl-C itself: a write that is under way is reported here.
        with root.make_context("tickiti", arguments, obj=runtime) as context:
            _invoke(root, context, runtime)
        runtime.streams.flush()
    except Exit as end:
        return end.exit_code
    except TyperException as error:
        return exits.misused(runtime, error, arguments)
    except (ApiError, TickitiError) as error:
        return exits.failed(runtime, error)
    except BrokenPipeError:
        raise
    except OSError as error:
        return exits.refused_by_system(runtime, error)
    except Exception as error:  # noqa: BLE001 - a user sees no traceback
        return exits.bug(runtime, error, arguments)
    return 0


def _invoke(root: "Any", context: "Any", runtime: "Runtime") -> None:
    from tickiti_cli import exits  # noqa: PLC0415
    from tickiti_cli.api.request import Preview  # noqa: PLC0415

    try:
        root.invoke(context)
    except Preview as preview:
        _show_preview(runtime, preview)
    else:
        exits.forget_draft(runtime)


def _show_preview(runtime: "Runtime", preview: "Preview") -> None:
    """Shows a curl command for --print-curl, the request as JSON for --dry-run."""
    import json  # noqa: PLC0415

    from tickiti_cli.api.request import as_curl, as_record  # noqa: PLC0415

    if runtime.globals.print_curl:
        runtime.output.text(as_curl(preview.request))
    else:
        record = as_record(preview.request)
        runtime.output.raw(record, json.dumps(record, ensure_ascii=False))


def _leave_no_core() -> None:
    """Sets the soft limit of core dumps to 0, so that a crash does not write a token to the disk. A
    child process may raise the limit again."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - there is none on Windows

        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def _terminate(_signal: int, _frame: "FrameType | None") -> None:
    raise Terminated


if __name__ == "__main__":
    main()
