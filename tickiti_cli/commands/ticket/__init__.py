"""`tickiti ticket`: open, answer, list and show tickets, one or many.

The rule of this folder: a module holds the commands of one purpose on an `app` of its own, and is
added here.
"""

from tickiti_cli.command import noun
from tickiti_cli.commands.ticket import exporting, importing, tickets, waiting

app = noun("Open, answer, list and show tickets.")
app.add_typer(tickets.app)
app.add_typer(waiting.app)
app.add_typer(importing.app)
app.add_typer(exporting.app)
