"""The author of a change: the address that a request sends as `from_email`."""

from typing import TYPE_CHECKING, Any, TypeVar

from tickiti_cli.contract.errors import NotFound, NotImplementedHere
from tickiti_cli.contract.v1 import open_routes
from tickiti_cli.errors import NotOffered, UsageProblem
from tickiti_cli.parser.options import address_of, profiles_sender, set_sender
from tickiti_cli.runtime import Runtime

if TYPE_CHECKING:
    from tickiti_cli.input.response_filters import ResponseFilters
    from tickiti_cli.input.ticket_filters import TicketFilters

ME = "@me"
"""The word for the token's owner."""

OF_PERSONS = {"assigned": "--assigned", "raised_by": "--raised-by", "author": "--by"}
"""The filters that name a person, and their flags."""

Filters = TypeVar("Filters", "TicketFilters", "ResponseFilters")


def author_of(runtime: Runtime, sender: str | None) -> str:
    """Return the address of --from, else the profile's, else that of the token's owner.

    Raises UsageProblem where none of them is known.
    """
    return named_author(runtime, sender) or owner_of(runtime, "Missing author: add --from EMAIL.")


def named_author(runtime: Runtime, sender: str | None) -> str | None:
    """Return the address of --from, else the profile's. Asks the server for `@me` alone."""
    return profiles_sender(runtime) if sender is None else person_of(runtime, sender, "--from")


def person_of(runtime: Runtime, given: str, flag: str) -> str:
    """Return an e-mail address, with that of the token's owner in place of `@me`.

    Raises UsageProblem, which names the flag.
    """
    if given == ME:
        return owner_of(runtime, f"{flag} {ME}: give your e-mail address instead.")
    return address_of(given, flag)


def with_owner(runtime: Runtime, filters: Filters) -> Filters:
    """Return the filters with the address of the token's owner in place of `@me`.

    The server is asked once, and only where a filter has the word. Raises UsageProblem.
    """
    found: list[str] = []

    def address(given: str, flag: str) -> str:
        if given == ME and not found:
            found.append(owner_of(runtime, f"{flag} {ME}: give your e-mail address instead."))
        return found[0] if given == ME else given

    changes: dict[str, Any] = {}
    for field, flag in OF_PERSONS.items():
        given = getattr(filters, field, None)
        if isinstance(given, list):
            changes[field] = [address(one, flag) for one in given]
        elif given is not None:
            changes[field] = address(given, flag)
    return filters._replace(**changes)


def owner_of(runtime: Runtime, otherwise: str) -> str:
    """Return the address of the token's owner, as the server tells it.

    Raises UsageProblem with the sentence `otherwise` where the server does not tell.
    """
    try:
        found = runtime.client.call(open_routes.token, {}).data
    except (NotFound, NotImplementedHere, NotOffered):
        found = {}  # an install from before October 2026
    owner = found.get("owner") if isinstance(found, dict) else None
    email = owner.get("email") if isinstance(owner, dict) else None
    if isinstance(email, str) and email:
        return email
    raise UsageProblem(
        otherwise,
        hint="This server does not name the token's owner. Set a default author with: "
        f"{set_sender(runtime)}",
    )
