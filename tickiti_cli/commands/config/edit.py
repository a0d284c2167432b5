"""`tickiti config edit`: the user's config.toml in an editor."""

from contextlib import suppress

import typer

from tickiti_cli.config.document import ConfigFile
from tickiti_cli.errors import ConfigProblem, LockedOut, UsageProblem
from tickiti_cli.input import editor
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()

NEW_FILE = "# Settings and profiles of tickiti. Reference: tickiti man config.5\n"


@app.command(cls=Command, epilog=examples("tickiti config edit"))
def edit(ctx: typer.Context) -> None:
    """Edit config.toml in your editor.

    The file is saved only if it is valid.
    """
    runtime: Runtime = ctx.obj
    is_changed = _edit(runtime)
    path = str(runtime.config.path)
    said = f"Wrote {path}" if is_changed else "No changes."
    runtime.output.done({"path": path, "changed": is_changed}, said=said, plain=path)


def _edit(runtime: Runtime) -> bool:
    """Edit the user's file and return whether it changed. Raises UsageProblem, and ConfigProblem
    for an invalid text, whose draft is kept."""
    _refuse_without_person(runtime)
    file = ConfigFile.of(runtime.config)
    before = file.text()
    path = editor.draft(before or NEW_FILE, file.path.name)
    after = editor.edit(path, runtime.environ)
    if after in (before, NEW_FILE):
        editor.discard(path)
        return False
    try:
        with runtime.config.locked():
            file.check(after, path)
            file.refuse_change_since(before)
            file.write(after)
    except (ConfigProblem, LockedOut) as problem:
        problem.hint = f"Nothing was saved; your text is kept in {path}"
        raise
    editor.discard(path)
    return True


def _refuse_without_person(runtime: Runtime) -> None:
    """Raise UsageProblem where nobody can be asked. A damaged configuration file counts as allowing
    questions, because the editor is there to repair the file."""
    may_ask = runtime.streams.can_ask and not runtime.globals.no_input
    with suppress(ConfigProblem):
        may_ask = runtime.may_ask
    if not may_ask:
        raise UsageProblem(
            "An editor needs a terminal.", hint="Without one: tickiti config set NAME VALUE"
        )
