"""The body of a request that makes or changes a mailbox."""

from typing import Any


def present(members: dict[str, Any]) -> dict[str, Any]:
    """Returns the members that were given, because a missing one keeps its value."""
    return {name: value for name, value in members.items() if value is not None}
