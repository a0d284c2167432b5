"""The open operations of a profile, which are shown before its token changes.

Rule: an operation must end with a token of the family that began it, because the server knows the
key for that family only.
"""

from collections.abc import Iterable

from tickiti_cli.api.journal.journal import Operation
from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens.destinations import ProfileDestination

MOST_NAMED = 3


def of(runtime: Runtime, profile: str) -> list[Operation]:
    """Return the profile's operations of unknown outcome, oldest first.

    None from before a reset of its test server: resuming one would send nothing.
    """
    found = [entry for entry in runtime.journal.pending() if entry.profile == profile]
    return runtime.resets.without_reset(found)


def show(runtime: Runtime, profile: str | None) -> None:
    """Show the open operations of a profile, if there are any.

    With a token of another family they would be carried out a second time.
    """
    found = of(runtime, profile) if profile is not None else []
    if not found:
        return
    named = ", ".join(entry.id for entry in found[:MOST_NAMED])
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    runtime.output.remark(
        f"Profile '{profile}' has operations without a definite answer: {named}{more}. Resume "
        "them with the token that sent them or its rotation: tickiti op resume --all-pending"
    )


def show_of_all(runtime: Runtime, *profiles: str | None, places: Iterable[object]) -> None:
    """Show the open operations of several profiles, and of those among the places."""
    into = [place.name for place in places if isinstance(place, ProfileDestination)]
    for profile in dict.fromkeys([*profiles, *into]):
        show(runtime, profile)


def refuse(runtime: Runtime, profile: str) -> None:
    """Raise ConditionNotMet for an open operation, which finds its token by the profile's name."""
    if found := of(runtime, profile):
        raise ConditionNotMet(
            f"Profile '{profile}' has a pending operation: {found[0].id}.",
            hint=f"Resume it first: tickiti op resume {found[0].id}",
        )
