"""`tickiti response`: what was said on tickets."""

from tickiti_cli.command import noun
from tickiti_cli.commands.response import exporting, showing

app = noun("What was said on tickets.")
app.add_typer(showing.app)
app.add_typer(exporting.app)
