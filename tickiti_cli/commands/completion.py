"""`tickiti completion`: what shells need to complete commands when TAB is pressed."""

from typing import Annotated

import typer

from tickiti_cli.parser.command import Command, examples
from tickiti_cli.parser.groups import noun
from tickiti_cli.reference.completion.install import (
    Shell,
    install_script,
    next_step,
    script,
    shell_in_use,
)
from tickiti_cli.runtime import Runtime

app = noun()


@app.command(cls=Command, epilog=examples("tickiti completion bash > tickiti.bash"))
def bash(ctx: typer.Context) -> None:
    """Print the completion script for bash."""
    _show(ctx.obj, Shell.BASH)


@app.command(cls=Command, epilog=examples("tickiti completion zsh > _tickiti"))
def zsh(ctx: typer.Context) -> None:
    """Print the completion script for zsh."""
    _show(ctx.obj, Shell.ZSH)


@app.command(cls=Command, epilog=examples("tickiti completion fish > tickiti.fish"))
def fish(ctx: typer.Context) -> None:
    """Print the completion script for fish."""
    _show(ctx.obj, Shell.FISH)


@app.command(cls=Command, epilog=examples("tickiti completion pwsh > tickiti.ps1"))
def pwsh(ctx: typer.Context) -> None:
    """Print the completion script for PowerShell."""
    _show(ctx.obj, Shell.PWSH)


@app.command(
    cls=Command,
    epilog=examples("tickiti completion install bash", "tickiti completion install zsh"),
)
def install(
    ctx: typer.Context,
    *,
    shell: Annotated[
        Shell | None,
        typer.Argument(metavar="SHELL", help="bash, zsh, fish or pwsh (default: your shell)"),
    ] = None,
) -> None:
    """Install the completion script for your shell.

    Writes one file where the shell looks for it, and edits none of your files.
    """
    runtime: Runtime = ctx.obj
    chosen = shell or shell_in_use(runtime.environ)
    path = install_script(chosen, runtime.environ)
    step = next_step(chosen, path)
    written = {"shell": chosen.value, "path": str(path), "next": step}
    runtime.sure_output.done(written, said=f"Wrote {path}", plain=path)
    runtime.sure_output.progress(step)


def _show(runtime: Runtime, shell: Shell) -> None:
    runtime.sure_output.text(script(shell).rstrip("\n"))
