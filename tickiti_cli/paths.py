"""The folders and files of the CLI on this machine, and the names of its variables."""

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
"""Set by systemd: the folder of the files of LoadCredential=."""

CREDENTIAL = "tickiti-token"

ENVIRONMENT = {
    API_BASE: "Base URL of the server.",
    API_TOKEN_FILE: "File with the token, readable only by its owner.",
    API_TOKEN: "The token itself.",
    TOKEN_COMMAND: "Command that prints the token.",
    API_TIMEOUT_MS: "Like `--timeout`, in milliseconds.",
    PROFILE: "Like `--profile`, if nothing else names the server.",
    PROJECT_FILE_VARIABLE: "Project file to use instead of the nearest "
    "`.tickiti.toml`, even if another user owns it.",
    CONFIG_DIR: "Directory of `config.toml` and `credentials.toml`.",
    OUTPUT: "Like `--output`.",
    NO_INPUT: "Like `--no-input`: `true` or `false`.",
    RETRIES: "Like `--retries`.",
    DEBUG: "Like `--debug`, unless it is `0` or `false`.",
    CREDENTIALS_DIRECTORY: f"Directory of systemd credentials, with the token as `{CREDENTIAL}`.",
    "NO_COLOR": "Disables colour if not empty, as does `CLICOLOR=0`.",
    "FORCE_COLOR": "Enables colour in a pipe unless `0`, as does `CLICOLOR_FORCE`.",
    "TERM": "`dumb`: a terminal without colour, where `--watch` does not redraw.",
    "VISUAL": "Editor of `--editor` and `config edit`; else `EDITOR`, else `vi`.",
    "BROWSER": "Browser of `--open` and `--web`.",
    "PATH": "Where tickiti looks for other programs; relative directories are ignored.",
    "PGPASSFILE": "File with the password of a PostgreSQL database (default `~/.pgpass`); the "
    "bundled server uses the other variables of PostgreSQL's programs as well.",
    "PYTHONPATH": "Passed to the bundled server, with its absolute directories only.",
    "TMPDIR": "Directory for a text while you edit it (default `/tmp`).",
    "HTTPS_PROXY": "Proxy; `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are used as well.",
    "REQUESTS_CA_BUNDLE": "Like `--ca-bundle`, if neither the flag nor the profile names one.",
    "SSL_CERT_FILE": "Certificates to trust instead of the system's, as is `SSL_CERT_DIR`.",
    "XDG_CONFIG_HOME": "Parent of the configuration directory (default `~/.config`).",
    "XDG_DATA_HOME": "Parent of the bundled server's data (default `~/.local/share`).",
    "XDG_STATE_HOME": "Parent of the journal (default `~/.local/state`).",
    "XDG_CACHE_HOME": "Parent of the pages of `--open` and `--web`, and of the names "
    "that TAB offers (default `~/.cache`).",
    "XDG_DATA_DIRS": "Where shells look for completions, like `ZDOTDIR`, `FPATH` and "
    "`BASH_COMPLETION_USER_DIR`; `doctor` reads these and `MANPATH`.",
    "XDG_CONFIG_DIRS": "Its first absolute directory has `tickiti/config.toml` for all "
    "users (default `/etc`).",
}
"""The line of the manual for each variable."""

CONFIG_FILE = "config.toml"
CREDENTIALS_FILE = "credentials.toml"
PROJECT_FILE = ".tickiti.toml"

NOWHERE = Path("/nonexistent/tickiti")
"""The folder of a user without a home: reads find nothing, and writes fail with its name."""


def config_dir(environ: Mapping[str, str]) -> Path:
    """Returns TICKITI_CONFIG_DIR, else the platform's folder of a user's configuration."""
    if chosen := environ.get(CONFIG_DIR):
        return Path(chosen)
    import platformdirs  # noqa: PLC0415 - not needed where the environment decides

    return _of_user(platformdirs.user_config_dir)


def system_file(environ: Mapping[str, str]) -> Path:
    """Returns the administrator's file, under the first of XDG_CONFIG_DIRS, else under /etc.

    A relative or an empty entry is skipped, as the specification demands, because it depends on
    the current folder.
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


def token_apis_dir(environ: Mapping[str, str]) -> Path:
    return _state_dir(environ) / "token-apis"


def pages_dir(environ: Mapping[str, str]) -> Path:
    """Returns the cache folder of the pages for a browser."""
    if chosen := environ.get(CONFIG_DIR):
        return Path(chosen) / "pages"
    import platformdirs  # noqa: PLC0415 - few commands ask

    return _of_user(platformdirs.user_cache_dir) / "pages"


def names_dir(environ: Mapping[str, str]) -> Path:
    """Returns the folder of the names that TAB offers. The completion scripts know it as well."""
    if chosen := environ.get(CONFIG_DIR):
        return Path(chosen) / "names"
    import platformdirs  # noqa: PLC0415 - lists alone ask

    return _of_user(platformdirs.user_cache_dir) / "names"


def servers_dir(environ: Mapping[str, str]) -> Path:
    return _state_dir(environ) / "servers"


def _state_dir(environ: Mapping[str, str]) -> Path:
    """Returns TICKITI_CONFIG_DIR, else the platform's folder of a user's state."""
    if chosen := environ.get(CONFIG_DIR):
        return Path(chosen)
    import platformdirs  # noqa: PLC0415 - as above

    return _of_user(platformdirs.user_state_dir)


def _of_user(place: Callable[[str], str]) -> Path:
    try:
        return Path(place("tickiti"))
    except RuntimeError:  # no HOME and an unknown user, as in a container
        return NOWHERE


def home(environ: Mapping[str, str]) -> Path:
    """Returns the user's home, or NOWHERE for a user without one. A relative HOME is ignored."""
    named = environ.get("HOME", "")
    if named.startswith("/"):
        return Path(named)
    import pwd  # noqa: PLC0415 - hardly ever asked

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return NOWHERE


def absolute(path: Path) -> Path:
    """Returns the absolute path; a relative path stays where the current folder is deleted."""
    folder = current_folder()
    return folder / path if folder else path


def current_folder() -> Path | None:
    """Returns the current folder; None where it is deleted or cannot be read."""
    try:
        return Path.cwd()
    except OSError:
        return None
