"""`tickiti token`: mint, list, show, rotate and revoke the bundled server's tokens.

The rule of this folder: a module holds the commands of one purpose on an `app` of its own, and is
added here.
"""

from tickiti_cli.command import noun
from tickiti_cli.commands.token import ending, making, rotating, scanning, showing

app = noun("Mint, list, rotate and revoke tokens; find leaked ones.")
app.add_typer(making.app)
app.add_typer(rotating.app)
app.add_typer(showing.app)
app.add_typer(ending.app)
app.add_typer(scanning.app)
