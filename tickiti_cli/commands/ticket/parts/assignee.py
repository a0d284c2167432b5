"""The assignee of a ticket, in the words of the command line and of the API."""

from tickiti_cli.encoding import is_number
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.author import person_of
from tickiti_cli.runtime import Runtime

NOBODY = "nobody"
UNASSIGNED = "Unassigned"
"""The word of the API for nobody."""

TEAM = "team:"


def assignee_of(runtime: Runtime, given: str, flag: str) -> str:
    """Return what the API takes for an address, `team:ID`, `@me` or `nobody`.

    Raises UsageProblem, which names the flag.
    """
    if given == NOBODY:
        return UNASSIGNED
    if given.startswith(TEAM):
        if not is_number(given.removeprefix(TEAM)):
            raise UsageProblem(f"{flag}: '{given}' is not a team such as team:3.")
        return given
    return person_of(runtime, given, flag)
