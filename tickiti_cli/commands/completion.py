"""`tickiti completion`: what shells need to complete commands when TAB is pressed."""

from typing import Annotated

import typer

from tickiti_cli import completions
from tickiti_cli.command import Command, examples
from tickiti_cli.completions import Shell
from tickiti_cli.groups import noun
from tickiti_cli.runtime import Runtime

app = noun("Complete commands when TAB is pressed.")


@app.command(cls=Command, epilog=examples("tickiti completion bash > tickiti.bash"))
def bash(ctx: typer.Context) -> None:
    """Print the script for bash."""
    _show(ctx.obj, Shell.BASH)


@app.command(cls=Command, epilog=examples("tickiti completion zsh > _tickiti"))
def zsh(ctx: typer.Context) -> None:
    """Print the script for zsh."""
    _show(ctx.obj, Shell.ZSH)


@app.command(cls=Command, epilog=examples("tickiti completion fish > tickiti.fish"))
def fish(ctx: typer.Context) -> None:
    """Print the script for fish."""
    _show(ctx.obj, Shell.FISH)


@app.command(cls=Command, epilog=examples("tickiti completion pwsh > tickiti.ps1"))
def pwsh(ctx: typer.Context) -> None:
    """Print the script for PowerShell."""
    _show(ctx.obj, Shell.PWSH)


@app.command(
    cls=Command,
    epilog=examples("tickiti completion install bash", "tickiti completion install zsh --json"),
)
def install(
    ctx: typer.Context,
    *,
    shell: Annotated[
        Shell | None, typer.Argument(metavar="SHELL", help="bash, zsh, fish or pwsh (yours).")
    ] = None,
) -> None:
    """Put the script where your shell looks for it; no file of yours is edited."""
    runtime: Runtime = ctx.obj
    chosen = shell or completions.shell_in_use(runtime.environ)
    path = completions.install(chosen, runtime.environ)
    next_step = completions.next_step(chosen, path)
    written = {"shell": chosen.value, "path": str(path), "next": next_step}
    runtime.output.done(written, said=f"Wrote {path}", plain=path)
    runtime.output.progress(next_step)


def _show(runtime: Runtime, shell: Shell) -> None:
    runtime.output.text(completions.script(shell).rstrip("\n"))
