"""A login without a server, and the credentials that it stores."""

from tests.support.cli import Cli

URL = "https://support.sole-trader.example"


LOGIN = ("auth", "login", "--no-verify", "--base-url", URL)


def stored(run: Cli) -> str:
    return (run.config / "credentials.toml").read_text()
