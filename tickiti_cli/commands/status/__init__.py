from tickiti_cli.commands.status.run import app

__all__ = ["app"]
