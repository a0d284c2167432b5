"""The client for Python: `from tickiti_cli.python import Client`."""

from tickiti_cli.api.request import Upload as File
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import (
    ConfigProblem,
    ForeignReply,
    NoToken,
    TickitiError,
    TimedOut,
    Unreachable,
    UsageProblem,
)
from tickiti_cli.python.client import Client

__all__ = [
    "ApiError",
    "Client",
    "ConfigProblem",
    "File",
    "ForeignReply",
    "NoToken",
    "TickitiError",
    "TimedOut",
    "Unreachable",
    "UsageProblem",
]
