from tickiti_cli.commands.doctor.run import app

__all__ = ["app"]
