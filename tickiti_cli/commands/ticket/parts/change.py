"""The change that a command makes to each ticket it names, and the flags of several tickets."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from tickiti_cli.contract.endpoint import Endpoint

if TYPE_CHECKING:
    from tickiti_cli.input.attached_files import AttachedFiles


class BatchFlags(NamedTuple):
    """The flags of several tickets; each field has the name of its flag."""

    jobs: Annotated[
        int, typer.Option(metavar="N", min=1, max=64, help="Change N tickets at once")
    ] = 1
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the result of each ticket to FILE (.csv or .ndjson)"
        ),
    ] = None
    again: Annotated[
        bool,
        typer.Option("--again", help="Change all tickets, also those that an earlier run changed"),
    ] = False
    other_token: Annotated[
        bool,
        typer.Option(
            "--other-token",
            help="Resume with an unrelated token; some tickets may change twice",
        ),
    ] = False


class Change(NamedTuple):
    """A write that a command repeats for each ticket."""

    endpoint: Endpoint
    members: Mapping[str, Any]
    """The body without the ticket's number."""

    said: Callable[[int], str]
    """Returns the sentence for a person about the ticket of a number."""

    attached: "AttachedFiles | None" = None
    """The files that each ticket gets."""

    plain: str = ""
    """The member of the reply that a pipe gets of a single ticket; empty for its number."""
