"""`tickiti template`: texts with placeholders, on the server and in a folder.

The rule of this folder: a module holds the commands of one purpose on an `app` of its own, and is
added here.
"""

from tickiti_cli.command import noun
from tickiti_cli.commands.template import folder, keeping, showing

app = noun("Texts with placeholders: list, change, render; a folder of them.")
app.add_typer(showing.app)
app.add_typer(keeping.app)
app.add_typer(folder.app)
