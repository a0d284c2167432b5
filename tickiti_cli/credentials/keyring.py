"""The system's keyring, where the extra `keyring` is installed: the only module that names it.

The rule of this file: nothing waits for a keyring longer than three seconds, and what it cannot do
is said; the token goes nowhere else instead.
"""

import threading
from collections.abc import Callable
from typing import Any

from tickiti_cli.errors import ConfigProblem

SERVICE = "tickiti"
"""Under which entries are found: `keyring get tickiti PROFILE` shows a profile's token."""

ANSWER_SECONDS = 3.0
"""A locked keyring asks its owner first, and in a cron job nobody is there to answer."""

OTHERWISE = "keep the token in a file instead: tickiti auth login --store file"


def read(entry: str) -> str | None:
    """What it holds under that name. Raises ConfigProblem."""
    found = _asked(lambda ring: ring.get_password(SERVICE, entry))
    return found if found is None else str(found)


def write(entry: str, secret: str) -> None:
    """Raises ConfigProblem, also for one that takes everything and keeps nothing."""

    def put(ring: Any) -> bool:
        ring.set_password(SERVICE, entry, secret)
        return bool(ring.get_password(SERVICE, entry) == secret)

    if not _asked(put):
        raise ConfigProblem("The keyring did not keep the token.", hint=f"To go on, {OTHERWISE}")


def remove(entry: str) -> bool:
    """Whether there was anything to remove. Raises ConfigProblem."""

    def delete(ring: Any) -> bool:
        if ring.get_password(SERVICE, entry) is None:
            return False
        ring.delete_password(SERVICE, entry)
        return True

    return bool(_asked(delete))


def _asked(question: Callable[[Any], Any]) -> Any:
    """The answer; a thread that gets none is left behind and ends with the process."""
    ring = _library()
    answers: list[Any] = []
    failures: list[Exception] = []

    def ask() -> None:
        try:
            answers.append(question(ring))
        except Exception as error:  # noqa: BLE001 - a backend is anybody's code
            failures.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(ANSWER_SECONDS)
    if failures:
        reason = str(failures[0]).partition("\n")[0].rstrip(". ") or type(failures[0]).__name__
        raise ConfigProblem(f"The keyring fails: {reason}.", hint=f"Unlock it, or {OTHERWISE}")
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
