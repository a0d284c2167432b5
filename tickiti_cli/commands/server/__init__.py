"""`tickiti server`: run the bundled server, look after its data, and watch it.

The rule of this folder: a module holds the commands of one purpose on an `app` of its own, and is
added here.
"""

from tickiti_cli.command import noun
from tickiti_cli.commands.server import acting, data, openapi, running, unit, watching

app = noun("Run the bundled server.")
app.add_typer(running.app)
app.add_typer(data.app)
app.add_typer(openapi.app)
app.add_typer(watching.app)
app.add_typer(unit.app)
app.add_typer(acting.app)
