"""`tickiti alias set`: makes or changes an alias."""

from typing import Annotated

import typer

from tickiti_cli.commands.alias.options import Name
from tickiti_cli.config import changes
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.registry import NOUNS
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    "set",
    cls=Command,
    epilog=examples(
        "tickiti alias set mine 'ticket list --assigned @me'",
        "tickiti alias set urgent 'ticket list --status open --priority urgent' && tickiti urgent",
    ),
)
def set_alias(
    ctx: typer.Context,
    *,
    name: Name,
    words: Annotated[
        str,
        typer.Argument(
            metavar="COMMAND", help="What the alias stands for, in quotes, without `tickiti`"
        ),
    ],
) -> None:
    """Set an alias

    Words after the alias are added to its command. No shell is involved, so an alias cannot hold a
    pipe, and it cannot have the name of a command.
    """
    runtime: Runtime = ctx.obj
    if name in NOUNS:
        raise UsageProblem(f"'{name}' is a command, which an alias cannot replace.")
    line = words.removeprefix("tickiti ").strip()
    first = line.split(maxsplit=1)[0] if line else ""
    if first and first not in NOUNS and not first.startswith("-"):
        raise UsageProblem(f"'{first}' is not a command of tickiti.", hint="See: tickiti --help")
    changes.change(runtime.config, f"aliases.{name}", line)
    result = {"name": name, "command": line}
    runtime.output.done(result, said=f"'tickiti {name}' now runs 'tickiti {line}'.", plain=name)
