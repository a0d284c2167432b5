"""The questions of a login at a terminal: the server's address, the token, and its store.

Rule: a wrong answer is explained and asked for again. The address is verified before the token is
asked for, so that no token is typed for a server that does not exist. The token is asked for before
its store, so that no token is pasted at a question that shows its answer.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tickiti_cli import paths
from tickiti_cli.config.addresses import checked_url, refuse_open_wire, with_scheme
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.credentials import keyring
from tickiti_cli.credentials.token_store import Store, store_of
from tickiti_cli.errors import NotVerified, TickitiError, UsageProblem, hint
from tickiti_cli.runtime import Runtime
from tickiti_cli.suggest import none_of
from tickiti_cli.tokens.login import verification
from tickiti_cli.tokens.login.login import Login

TRIES = 3
"""How often a question is asked, before the command ends with the error of the last answer."""

WHERE_TOKENS_ARE = "Paste a token from Administration -> API keys of Tickiti; it is not shown."

YES = ("", "y", "yes")

Answer = TypeVar("Answer")


def repeated(runtime: Runtime, answer: Callable[[], Answer]) -> Answer:
    """Call `answer`, which asks a question, until its answer is right, three times at most.

    Raises the error of the last wrong answer.
    """
    for _ in range(TRIES - 1):
        try:
            return answer()
        except (ApiError, TickitiError) as error:
            if runtime.streams.is_at_end:
                raise
            runtime.streams.remark(error.message)
            for way in hint(error).splitlines():
                if not way.startswith(verification.NOTHING_STORED):  # there is another try
                    runtime.streams.remark(way)
    return answer()


def log_in(login: Login, store: Store | None = None) -> dict[str, Any]:
    """Ask for the token, and for its store unless one is given; store both. Return the token's row,
    as far as the server tells it. Raises UsageProblem where nobody can be asked."""
    runtime = login.runtime
    if store is Store.COMMAND:
        return _with_command(login)
    if not runtime.may_ask:
        return login.with_token(token(runtime), store)
    runtime.streams.remark(WHERE_TOKENS_ARE)
    given, row = repeated(runtime, lambda: _verified_token(login))
    if store is None:
        store = store_answer(runtime, store_of(runtime.config.profiles.get(login.profile, {})))
    return _with_command(login) if store is Store.COMMAND else login.store(given, row, store)


def _verified_token(login: Login) -> tuple[str, Mapping[str, Any]]:
    given = token(login.runtime)
    return given, login.verified(given)


def _with_command(login: Login) -> dict[str, Any]:
    return repeated(login.runtime, lambda: login.with_command(command(login.runtime)))


def address(runtime: Runtime, profile: str, *, verifies: bool) -> str:
    """Ask for the server's address. Raises UsageProblem, NotVerified, Unreachable."""

    def asked() -> str:
        given = runtime.streams.ask("Server address, such as https://support.example: ")
        url = checked_url(with_scheme(given), "Server address")
        allow_http = runtime.globals.allow_http
        refuse_open_wire(url, allow_http=allow_http)
        return _confirmed(runtime, profile, url) if verifies else url

    return repeated(runtime, asked)


def _confirmed(runtime: Runtime, profile: str, url: str) -> str:
    """Return the address of the Tickiti at `url`, or a shorter one that the person agrees to."""
    try:
        verification.confirm_address(runtime, profile, url)
    except NotVerified as error:
        near = verification.shorter_address(runtime, profile, url)
        if near is None:
            raise
        runtime.streams.remark(error.message)
        if (
            runtime.streams.ask(f"There is a Tickiti server at {near}. Use it? [Y/n] ").lower()
            not in YES
        ):
            raise
        return near
    return url


def store_answer(runtime: Runtime, present: Store) -> Store:
    """Ask where the token is to be kept. An empty answer is the present store."""
    file = runtime.config.directory / paths.CREDENTIALS_FILE
    offered = {Store.FILE: f"{file}, which only you can read"}
    if keyring.is_usable():
        offered[Store.KEYRING] = "the keyring of this system"
    offered[Store.COMMAND] = "not stored: a command prints it, such as `pass show tickiti`"
    default = present if present in offered else Store.FILE
    runtime.streams.remark("Where to store the token:")
    for name, meaning in offered.items():
        runtime.streams.remark(f"  {name:<8} {meaning}")

    def asked() -> Store:
        answer = runtime.streams.ask(f"Store it in [{default}]: ").lower() or default
        if answer not in offered:
            raise UsageProblem(f"'{answer}' is not {none_of(answer, offered)}.")
        return Store(answer)

    return repeated(runtime, asked)


def token(runtime: Runtime) -> str:
    """Ask for a token, which is not shown. Raises UsageProblem where nobody can be asked."""
    if not runtime.may_ask:
        raise UsageProblem(
            "Not a terminal: the token is missing.",
            hint="Add --token-stdin, --from-file FILE or --token-command CMD.",
        )
    return runtime.streams.ask_secret("Token: ")


def command(runtime: Runtime) -> str:
    """Ask for a command that prints the token."""
    given = runtime.streams.ask("Command that prints the token: ")
    if not given:
        raise UsageProblem("A command is needed, such as: pass show tickiti")
    return given
