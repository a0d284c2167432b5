"""The people of `ticket participants`, and the request that names them."""

from collections.abc import Sequence
from typing import Annotated

import typer

from tickiti_cli.api.reply import Accepted
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.input.author import named_author, person_of
from tickiti_cli.runtime import Runtime

People = Annotated[
    list[str],
    typer.Argument(metavar="EMAIL...", help="Addresses of the participants (@me: yours)"),
]


def change_participants(
    runtime: Runtime, row: Endpoint, number: int, people: Sequence[str], sender: str | None
) -> Accepted:
    """Send the addresses to an endpoint. Raises UsageProblem for a word that is not an address."""
    author = named_author(runtime, sender)
    addresses = [person_of(runtime, person, "EMAIL") for person in people]
    request = {"ticket_number": number, "participants": addresses}
    request |= {"from_email": author} if author is not None else {}
    return runtime.client.call(row, request).written
