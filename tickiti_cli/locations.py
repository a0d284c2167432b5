"""Where things lie on this machine: configuration, data, and the names of our variables."""

from collections.abc import Mapping
from pathlib import Path

API_BASE = "TICKITI_API_BASE"
API_TOKEN = "TICKITI_API_TOKEN"  # noqa: S105 - a variable's name
API_TOKEN_FILE = "TICKITI_API_TOKEN_FILE"  # noqa: S105 - a variable's name
API_TIMEOUT_MS = "TICKITI_API_TIMEOUT_MS"
TOKEN_COMMAND = "TICKITI_TOKEN_COMMAND"  # noqa: S105 - a variable's name
PROFILE = "TICKITI_PROFILE"
CONFIG_DIR = "TICKITI_CONFIG_DIR"
OUTPUT = "TICKITI_OUTPUT"
NO_INPUT = "TICKITI_NO_INPUT"
RETRIES = "TICKITI_RETRIES"
DEBUG = "TICKITI_DEBUG"
CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
"""systemd's own: where LoadCredential= puts the files of a service."""

CREDENTIAL = "tickiti-token"

CONFIG_FILE = "config.toml"
CREDENTIALS_FILE = "credentials.toml"
PROJECT_FILE = ".tickiti.toml"


def config_dir(environ: Mapping[str, str]) -> Path:
    """TICKITI_CONFIG_DIR, else the platform's place for a user's configuration."""
    if chosen := environ.get(CONFIG_DIR):
        return Path(chosen)
    import platformdirs  # noqa: PLC0415 - not needed where the environment decides

    return Path(platformdirs.user_config_dir("tickiti"))


def system_file(environ: Mapping[str, str]) -> Path:
    """The administrator's file: under the first of XDG_CONFIG_DIRS, else under /etc."""
    folder, *_ = (environ.get("XDG_CONFIG_DIRS") or "/etc").split(":")
    return Path(folder) / "tickiti" / CONFIG_FILE


def data_dir() -> Path:
    import platformdirs  # noqa: PLC0415 - only the server commands ask

    return Path(platformdirs.user_data_dir("tickiti"))


def project_file(start: Path) -> Path | None:
    """The nearest `.tickiti.toml` in `start` or above it."""
    for folder in (start, *start.parents):
        candidate = folder / PROJECT_FILE
        if candidate.is_file():
            return candidate
    return None
