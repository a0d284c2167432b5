from tickiti_cli.commands.init.run import app

__all__ = ["app"]
