"""Where things lie on this machine: configuration, data, and the names of our variables."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

API_BASE = "TICKITI_API_BASE"
API_TOKEN = "TICKITI_API_TOKEN"  # noqa: S105 - a variable's name
API_TOKEN_FILE = "TICKITI_API_TOKEN_FILE"  # noqa: S105 - a variable's name
API_TIMEOUT_MS = "TICKITI_API_TIMEOUT_MS"
TOKEN_COMMAND = "TICKITI_TOKEN_COMMAND"  # noqa: S105 - a variable's name
PROFILE = "TICKITI_PROFILE"
PROJECT_FILE_VARIABLE = "TICKITI_PROJECT_FILE"
CONFIG_DIR = "TICKITI_CONFIG_DIR"
OUTPUT = "TICKITI_OUTPUT"
NO_INPUT = "TICKITI_NO_INPUT"
RETRIES = "TICKITI_RETRIES"
DEBUG = "TICKITI_DEBUG"
CREDENTIALS_DIRECTORY = "CREDENTIALS_DIRECTORY"
"""systemd's own: where LoadCredential= puts the files of a service."""

CREDENTIAL = "tickiti-token"

ENVIRONMENT = {
    API_BASE: "The server's address.",
    API_TOKEN_FILE: "A file that holds the token, readable by its owner alone.",
    API_TOKEN: "The token itself.",
    TOKEN_COMMAND: "A command whose output is the token.",
    API_TIMEOUT_MS: "As `--timeout`, in milliseconds.",
    PROFILE: "As `--profile`, where nothing else names the server.",
    PROJECT_FILE_VARIABLE: "The project file to use, whoever owns it, in place of the nearest "
    "`.tickiti.toml`.",
    CONFIG_DIR: "The folder of `config.toml` and `credentials.toml`.",
    OUTPUT: "As `--output`.",
    NO_INPUT: "As `--no-input`: `true` or `false`.",
    RETRIES: "As `--retries`.",
    DEBUG: "As `--debug`, unless it is `0` or `false`.",
    CREDENTIALS_DIRECTORY: f"systemd's folder for a service, with the token as `{CREDENTIAL}`.",
    "NO_COLOR": "No colour, if it is not empty; so does `CLICOLOR=0`.",
    "FORCE_COLOR": "Colour in a pipe as well, unless it is `0`; so does `CLICOLOR_FORCE`.",
    "TERM": "`dumb` is a terminal without colour, where `--watch` lists one below the other.",
    "VISUAL": "The editor of `--editor` and `config edit`; else `EDITOR`, else `vi`.",
    "BROWSER": "What `--open` and `--web` show a page in.",
    "PATH": "Where programs are looked for, in its absolute folders alone.",
    "PYTHONPATH": "The bundled server is given its absolute folders alone.",
    "TMPDIR": "Where a text lies while it is edited (`/tmp`).",
    "HTTPS_PROXY": "The proxy; `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` count as well.",
    "REQUESTS_CA_BUNDLE": "As `--ca-bundle`, where neither the flag nor the profile names one.",
    "SSL_CERT_FILE": "Trusted in place of the system's; so is the folder `SSL_CERT_DIR`.",
    "XDG_CONFIG_HOME": "Where the folder of the configuration lies by default (`~/.config`).",
    "XDG_DATA_HOME": "Where the data of the bundled server lies by default (`~/.local/share`).",
    "XDG_STATE_HOME": "Where the journal lies by default (`~/.local/state`).",
    "XDG_CACHE_HOME": "Where the pages of `--open` and `--web` lie by default (`~/.cache`).",
    "XDG_DATA_DIRS": "Where shells look for completions, as they do by `ZDOTDIR`, `FPATH` and "
    "`BASH_COMPLETION_USER_DIR`, and man by `MANPATH`: `doctor` goes by these.",
    "XDG_CONFIG_DIRS": "Its first absolute folder holds `tickiti/config.toml` for all "
    "users (`/etc`).",
}
"""What each variable does, as the manual says it."""

CONFIG_FILE = "config.toml"
CREDENTIALS_FILE = "credentials.toml"
PROJECT_FILE = ".tickiti.toml"

NOWHERE = Path("/nonexistent/tickiti")
"""For a user without a home: nothing is there, and what must be kept is refused with its name."""


def config_dir(environ: Mapping[str, str]) -> Path:
    """TICKITI_CONFIG_DIR, else the platform's place for a user's configuration."""
    if chosen := environ.get(CONFIG_DIR):
        return Path(chosen)
    import platformdirs  # noqa: PLC0415 - not needed where the environment decides

    return _of_user(platformdirs.user_config_dir)


def system_file(environ: Mapping[str, str]) -> Path:
    """The administrator's file: under the first of XDG_CONFIG_DIRS, else under /etc.

    A relative or an empty entry, which a `XDG_CONFIG_DIRS=$XDG_CONFIG_DIRS:/x` makes, would be the
    current folder: it is passed over, as its specification has it.
    """
    named = environ.get("XDG_CONFIG_DIRS", "").split(":")
    folder = next((one for one in named if one.startswith("/")), "/etc")
    return Path(folder) / "tickiti" / CONFIG_FILE


def data_dir() -> Path:
    import platformdirs  # noqa: PLC0415 - only the server commands ask

    return _of_user(platformdirs.user_data_dir)


def journal_dir(environ: Mapping[str, str]) -> Path:
    return _state_dir(environ) / "journal"


def locks_dir(environ: Mapping[str, str]) -> Path:
    return _state_dir(environ) / "locks"


def generations_dir(environ: Mapping[str, str]) -> Path:
    return _state_dir(environ) / "generations"


def pages_dir(environ: Mapping[str, str]) -> Path:
    """For the pages that are opened in a browser: a cache, none of it is needed again."""
    if chosen := environ.get(CONFIG_DIR):
        return Path(chosen) / "pages"
    import platformdirs  # noqa: PLC0415 - few commands ask

    return _of_user(platformdirs.user_cache_dir) / "pages"


def servers_dir(environ: Mapping[str, str]) -> Path:
    return _state_dir(environ) / "servers"


def _state_dir(environ: Mapping[str, str]) -> Path:
    """Beside a configuration that was moved, else in the platform's place for a user's state."""
    if chosen := environ.get(CONFIG_DIR):
        return Path(chosen)
    import platformdirs  # noqa: PLC0415 - as above

    return _of_user(platformdirs.user_state_dir)


def _of_user(place: Callable[[str], str]) -> Path:
    try:
        return Path(place("tickiti"))
    except RuntimeError:  # no HOME, and a user that the system does not know: in a container
        return NOWHERE


def home(environ: Mapping[str, str]) -> Path:
    """The user's home, or NOWHERE for a user without one. A relative HOME is none."""
    named = environ.get("HOME", "")
    if named.startswith("/"):
        return Path(named)
    import pwd  # noqa: PLC0415 - hardly ever asked

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return NOWHERE


def absolute(path: Path) -> Path:
    """The path from the root; a relative one stays as it is where the current folder is gone."""
    folder = current_folder()
    return folder / path if folder else path


def current_folder() -> Path | None:
    """None where it has been deleted, or cannot be told."""
    try:
        return Path.cwd()
    except OSError:
        return None
