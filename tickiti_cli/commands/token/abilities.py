"""`tickiti token abilities`: every ability and the endpoints it opens."""

import typer

from tickiti_cli.contract import catalogue
from tickiti_cli.contract.endpoint import Ability, Access
from tickiti_cli.output.format import columns
from tickiti_cli.parser.command import RowsCommand, examples, verb
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens.presets import PRESETS

app = verb()


@app.command(
    cls=RowsCommand, epilog=examples("tickiti token abilities", "tickiti token abilities --json")
)
def abilities(ctx: typer.Context) -> None:
    """List abilities, presets and endpoints."""
    runtime: Runtime = ctx.obj
    rows = [
        {
            "ability": ability.value,
            "presets": [name for name, held in PRESETS.items() if ability in held],
            "endpoints": _opened_by(ability),
        }
        for ability in Ability
    ]
    runtime.output.rows(rows, columns("ability", "presets", "endpoints"))


def _opened_by(ability: Ability) -> list[str]:
    rows = catalogue.CATALOGUE.values()
    return [row.name for row in rows if row.access is Access.ABILITY and ability in row.needs]
