"""Stores secrets in the system's keyring, if the extra `keyring` is installed. Only this module
imports it.

Rule: no call waits for a keyring longer than three seconds. A failure is an error; the secret never
goes to another store instead. The calls reach the keyring in their order: a write that was given up
may still arrive, and what is read or restored after it must not be overtaken by it.
"""

import threading
from collections.abc import Callable
from typing import Any

from tickiti_cli.errors import ConfigProblem

SERVICE = "tickiti"
"""Service name of the entries: `keyring get tickiti PROFILE` shows a profile's token."""

ANSWER_SECONDS = 3.0
"""Limit of a call, because a locked keyring asks its owner, who does not answer in a cron job."""

_last_call: threading.Thread | None = None
"""The last call, which may still be under way."""

OTHERWISE = "keep the token in a file instead: tickiti auth login --store file"


def read(entry: str) -> str | None:
    """Returns the secret of an entry; None without one. Raises ConfigProblem."""
    found = _asked(lambda ring: ring.get_password(SERVICE, entry))
    return found if found is None else str(found)


def write(entry: str, secret: str) -> None:
    """Stores a secret. Raises ConfigProblem, also for a keyring that does not keep the secret."""

    def put(ring: Any) -> bool:
        ring.set_password(SERVICE, entry, secret)
        return bool(ring.get_password(SERVICE, entry) == secret)

    if not _asked(put):
        raise ConfigProblem(
            "The keyring did not store the token.", hint=f"To continue, {OTHERWISE}"
        )


def remove(entry: str) -> bool:
    """Removes an entry. Returns whether there was one. Raises ConfigProblem."""

    def delete(ring: Any) -> bool:
        if ring.get_password(SERVICE, entry) is None:
            return False
        ring.delete_password(SERVICE, entry)
        return True

    return bool(_asked(delete))


def is_usable() -> bool:
    """True if the extra is installed and this system has a keyring. Sends no request to it."""
    try:
        import keyring
        from keyring.backends import fail
    except ImportError:
        return False
    return not isinstance(keyring.get_keyring(), fail.Keyring)


def _asked(question: Callable[[Any], Any]) -> Any:
    """Returns the result of a call in a thread. A thread without a result ends with the process."""
    global _last_call  # noqa: PLW0603 - the keyring is one for the whole process
    ring, before = _library(), _last_call
    answers: list[Any] = []
    failures: list[Exception] = []

    def ask() -> None:
        if before is not None:
            before.join()
        try:
            answers.append(question(ring))
        except Exception as error:  # noqa: BLE001 - a backend is anybody's code
            failures.append(error)

    _last_call = thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(ANSWER_SECONDS)
    if failures:
        reason = str(failures[0]).partition("\n")[0].rstrip(". ") or type(failures[0]).__name__
        raise ConfigProblem(f"Keyring error: {reason}.", hint=f"Unlock it, or {OTHERWISE}")
    if not answers:
        raise ConfigProblem(
            f"The keyring did not answer within {ANSWER_SECONDS:g} seconds; it may be locked.",
            hint=f"Unlock it, or {OTHERWISE}",
        )
    return answers[0]


def _library() -> Any:
    try:
        import keyring
    except ImportError:
        raise ConfigProblem(
            "This installation of tickiti cannot use a keyring.",
            hint=f"Install it with: pip install 'tickiti[keyring]'; or {OTHERWISE}",
        ) from None
    return keyring
