"""`tickiti server seed`: fills a server in test mode with the data of files."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from tickiti_cli.bundled_server import seed_files
from tickiti_cli.commands.server.test_mode import call
from tickiti_cli.contract.bundled.test_mode import state as contract
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.runtime import Runtime

app = verb()


@app.command(
    cls=Command,
    epilog=examples("tickiti server seed --example", "tickiti server seed seed.toml"),
)
def seed(
    ctx: typer.Context,
    *,
    file: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help='Seed file: TOML or .json ("-" for stdin)'),
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Print a seed file with comments")
    ] = False,
) -> None:
    """Fill a server in test mode from files

    The files list users, queues, templates, tickets with threads, mail, tokens and so on. Entries
    that were seeded before are left as they are. If an entry is wrong, nothing is changed. Secrets
    are written to the files that their entries name, beside the seed.
    """
    runtime: Runtime = ctx.obj
    if example:
        _show_example(runtime)
        return
    if not file:
        raise UsageProblem("Missing seed file: add FILE, or --example for one to start from.")
    seeds = seed_files.read_seeds(file)
    seed_files.refuse_lost_secrets(seeds)
    found = call(runtime, contract.seed, {"seeds": seeds}).data
    seed_files.write_secrets(seeds, found["tokens"])
    made = [{"name": one["name"], "secret_file": one["secret_file"]} for one in found["tokens"]]
    runtime.output.done({"tokens": made}, said="Seeded the server.", plain="seeded")


def _show_example(runtime: Runtime) -> None:
    samples = files("tickiti_cli.bundled_server") / "samples"
    runtime.output.text((samples / seed_files.SEED).read_text("utf-8").rstrip("\n"))
