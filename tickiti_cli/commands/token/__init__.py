"""`tickiti token`: mint, list, show, rotate and revoke the bundled server's tokens.

The rule of this folder: a module holds the commands of one purpose on an `app` of its own, and is
added here.
"""

from tickiti_cli.command import noun
from tickiti_cli.commands.token import ending, making, showing

app = noun("Mint, list, rotate and revoke tokens.")
app.add_typer(making.app)
app.add_typer(showing.app)
app.add_typer(ending.app)
