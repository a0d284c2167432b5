"""The global flags, which stand before or after the name of a command."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli.errors import UsageProblem
from tickiti_cli.files.private_file import read_secret_file, read_secret_of_stdin


class GlobalFlags(NamedTuple):
    """The global flags of a run. Durations are in seconds. A field is None where its flag was not
    given, so that environment and files decide."""

    profile: str | None = None
    base_url: str | None = None
    token_file: str | None = None
    output: str | None = None
    json: bool = False
    fields: str | None = None
    jq: str | None = None
    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    color: str | None = None
    no_input: bool = False
    timeout: float | None = None
    max_time: float | None = None
    retries: int | None = None
    ca_bundle: str | None = None
    insecure: bool = False
    allow_http: bool = False
    lock: str | None = None

    # of commands that write
    idempotency_key: str | None = None
    dry_run: bool = False
    print_curl: bool = False
    no_journal: bool = False

    # of commands that list
    limit: int = 50
    all: bool = False
    watch: float | None = None

    # of commands that show rows
    columns: str | None = None
    sort: str | None = None

    # of commands that destroy
    yes: bool = False

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "GlobalFlags":
        return cls(**{name: value for name, value in given.items() if name in cls._fields})

    def token_from_file(self) -> str:
        """Returns the token of --token-file. Raises ConfigProblem, or UsageProblem for an empty
        stdin."""
        assert self.token_file is not None
        if self.token_file != "-":  # noqa: S105 - not a secret
            from tickiti_cli.credentials.sources import HINTS, TOKEN_FILE_FLAG  # noqa: PLC0415

            return read_secret_file(Path(self.token_file), hint=HINTS[TOKEN_FILE_FLAG])
        token = read_secret_of_stdin("--token-file -")
        if not token:
            raise UsageProblem(
                "--token-file -: standard input contains no token.",
                hint="Check the command before the pipe, or give --token-file a file.",
            )
        return token
