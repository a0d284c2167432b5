"""The flags that all commands share, or all commands of one kind.

A shared flag is one Option object. Its value lands in `Runtime.given`, on whichever side of the
command's name the flag stands. Rule: argv is never rewritten.
"""

from collections.abc import Callable, Sequence
from typing import Any

import typer
from typer.core import TyperOption

from tickiti_cli import __version__
from tickiti_cli.config.settings import COLORS, Format
from tickiti_cli.parser.choices import WholeNumber, of_text, with_own_errors
from tickiti_cli.runtime import Runtime


def offering(*words: str) -> Callable[[typer.Context, list[str], str], list[str]]:
    """The `autocompletion` of a flag or an argument: the words that TAB offers.

    The words are written into the completion scripts, so that TAB runs no program. `<token>` stands
    for the names of tokens, which the scripts find on disk (`files/name_cache.py`).
    """

    def offer(ctx: typer.Context, args: list[str], incomplete: str) -> list[str]:  # noqa: ARG001
        return [*words]

    return offer


def _store_flag(context: typer.Context, parameter: Any, value: Any) -> None:
    """Store the value of a flag. The last one on the command line wins."""
    runtime = context.find_root().obj
    if isinstance(runtime, Runtime) and value is not None and value is not False:
        runtime.given[parameter.name] = value


def _show_version(context: typer.Context, _parameter: Any, value: Any) -> None:
    if value:
        context.find_root().obj.streams.write(f"tickiti {__version__}\n")
        raise typer.Exit


def _flag(
    *names: str,
    help: str,  # noqa: A002 - typer's own word
    type: Any = str,  # noqa: A002 - typer's own word
    metavar: str | None = None,
    words: Sequence[str] = (),
) -> TyperOption:
    is_switch = type is bool
    option = TyperOption(
        param_decls=list(names),
        type=type,
        is_flag=is_switch or None,
        default=None if not is_switch else False,
        metavar=metavar,
        help=help,
        expose_value=False,
        callback=_store_flag,
        autocompletion=offering(*words) if words else None,
    )
    option.type = of_text(with_own_errors(option.type), metavar or "", names)
    return option


CONFIRM = (_flag("--yes", "-y", type=bool, help="Do not ask for confirmation"),)
"""A global flag, because a profile with `confirm_writes` asks before each write. A command that
asks in any case shows the flag among its own."""

GLOBAL = (
    _flag(
        "--profile",
        "-p",
        metavar="NAME",
        help="Profile to use: its server and token",
        words=["<profile>"],
    ),
    _flag("--base-url", metavar="URL", help="Server to use, such as https://support.example"),
    _flag("--token-file", metavar="FILE", help='Read the token from FILE ("-" for stdin)'),
    _flag(
        "--output",
        "-o",
        metavar="FORMAT",
        help="table, plain, json, ndjson, csv, markdown or html",
        words=[*Format],
    ),
    _flag("--json", type=bool, help="Same as --output json"),
    _flag("--fields", metavar="A,B,C", help="Output only these fields"),
    _flag("--jq", metavar="EXPR", help="Filter JSON output with a jq expression"),
    _flag("--quiet", "-q", type=bool, help="Print nothing on success"),
    _flag("--verbose", "-v", type=bool, help="Print more details to stderr"),
    _flag("--debug", type=bool, help="Print a traceback on internal errors"),
    _flag("--color", metavar="WHEN", help="Use of colours: auto, always or never", words=COLORS),
    *CONFIRM,
    _flag("--no-input", type=bool, help="Never prompt; fail if an answer is needed"),
    _flag(
        "--timeout",
        type=float,
        metavar="S",
        help="Timeout of one attempt, in seconds (default: 30)",
    ),
    _flag(
        "--max-time",
        type=float,
        metavar="S",
        help="Timeout of all attempts, in seconds (default: 120)",
    ),
    _flag("--retries", type=int, metavar="N", help="Number of retries (default: 8)"),
    _flag("--ca-bundle", metavar="FILE", help="Trust the certificate authorities in FILE"),
    _flag("--insecure", type=bool, help="Do not verify the server's certificate"),
    _flag("--allow-http", type=bool, help="Allow sending the token unencrypted to another host"),
    _flag("--lock", metavar="NAME", help="Exit 14 if another run with this lock is active"),
    TyperOption(
        param_decls=["--version"],
        is_flag=True,
        default=False,
        is_eager=True,
        expose_value=False,
        callback=_show_version,
        help="Show the version",
    ),
)

WRITE = (
    _flag("--idempotency-key", metavar="KEY", help="Idempotency key (default: generated)"),
    _flag("--dry-run", "-n", type=bool, help="Show the request without sending it"),
    _flag("--print-curl", type=bool, help="Show the request as a curl command without sending it"),
    _flag("--no-journal", type=bool, help="Do not record the operation for `op resume`"),
)

ROWS = (
    _flag("--columns", metavar="A,B,C", help="Show only these columns, in this order"),
    _flag("--sort", metavar="COLUMN", help="Sort the rows shown (COLUMN:desc: descending)"),
)

TABLE = (
    _flag("--limit", type=WholeNumber(min=1), metavar="N", help="Show at most N rows"),
    _flag("--all", type=bool, help="Show all rows (default)"),
    *ROWS,
)

LIST = (
    _flag(
        "--limit", type=WholeNumber(min=1), metavar="N", help="Show at most N rows (default: 50)"
    ),
    _flag("--all", type=bool, help="Show all rows"),
    _flag("--watch", type=float, metavar="S", help="Repeat the list every S seconds until Ctrl-C"),
    *ROWS,
)
