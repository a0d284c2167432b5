"""What is open for a profile: said before its token changes, for then it may be too late.

The rule of this file: one way to find it, whoever is about to change the profile.
"""

from collections.abc import Iterable

from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.installing import ProfileDestination
from tickiti_cli.journal import Entry
from tickiti_cli.runtime import Runtime

MOST_NAMED = 3


def of(runtime: Runtime, profile: str) -> list[Entry]:
    """Its operations without a definite answer, oldest first."""
    return [entry for entry in runtime.journal.pending() if entry.profile == profile]


def tell(runtime: Runtime, profile: str | None) -> None:
    """Say what is open, if anything is: a key is known to its server for the family of the token
    that sent it, and with another token it would be done a second time."""
    found = of(runtime, profile) if profile is not None else []
    if not found:
        return
    named = ", ".join(entry.id for entry in found[:MOST_NAMED])
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    runtime.output.remark(
        f"Profile '{profile}' has operations without a definite answer: {named}{more}. Finish them "
        "with the token that began them, or one that a rotation made of it: "
        "tickiti op resume --all-pending"
    )


def tell_of(runtime: Runtime, *profiles: str | None, places: Iterable[object]) -> None:
    """The same for several profiles, and for those among the places that a new token is put in."""
    into = [place.name for place in places if isinstance(place, ProfileDestination)]
    for profile in dict.fromkeys([*profiles, *into]):
        tell(runtime, profile)


def refuse(runtime: Runtime, profile: str) -> None:
    """Raise ConditionNotMet: an operation in the journal finds its token by the profile's name."""
    if found := of(runtime, profile):
        raise ConditionNotMet(
            f"Profile '{profile}' has an operation that is not finished: {found[0].id}.",
            hint=f"Finish it first: tickiti op resume {found[0].id}",
        )
