"""The token of a command: selected by id, by name, or the one in use."""

from collections.abc import Sequence

from tickiti_cli.encoding import is_number
from tickiti_cli.errors import NothingFound, UsageProblem
from tickiti_cli.tokens.back_ends.back_end import BackEnd, Row

MOST_TITLED = 5
"""Tokens that a question names: more would fill the terminal."""


def own_active(back_end: BackEnd) -> Row:
    """Return the token in use, or its newest active successor where a rotation was cut short."""
    row = back_end.own()
    if row["status"] == "active":
        return row
    return max(
        (
            other
            for other in back_end.list({"status": "active"}).rows
            if other["family"] == row["family"]
        ),
        key=lambda other: int(other["id"]),
        default=row,
    )


def find(back_end: BackEnd, wanted: str) -> Row:
    """Return a token by id, or the newest active one of a name. Raises NothingFound."""
    rows = back_end.list().rows
    if is_number(wanted):
        found = [row for row in rows if row["id"] == int(wanted)]
    else:
        named = _named(rows, wanted)
        found = [row for row in named if row["status"] == "active"] or named
    if not found:
        raise NothingFound(f"There is no token '{wanted}'.", hint="See: tickiti token list")
    return max(found, key=lambda row: int(row["id"]))


def live(back_end: BackEnd, wanted: Sequence[str], *, status: str | None = None) -> list[Row]:
    """Return the tokens to end: by id, or by the name of a token with that status.

    Raises NothingFound, and UsageProblem where several tokens have the name, because nothing brings
    an ended token back.
    """
    listed = back_end.list().rows
    statuses = (status,) if status else ("active", "overlap")
    return [_live(listed, name, statuses) for name in wanted]


def _live(listed: Sequence[Row], wanted: str, statuses: Sequence[str]) -> Row:
    hint = "See: tickiti token list"
    if is_number(wanted):
        of_id = [row for row in listed if row["id"] == int(wanted)]
        if not of_id:
            raise NothingFound(f"There is no token {int(wanted)}.", hint=hint)
        return of_id[0]
    found = _named([row for row in listed if row["status"] in statuses], wanted)
    if not found:
        kind = "live token" if len(statuses) > 1 else f"token in its {statuses[0]}"
        raise NothingFound(f"There is no {kind} named '{wanted}'.", hint=hint)
    if len(found) > 1:
        several = ", ".join(str(row["id"]) for row in found)
        raise UsageProblem(
            f"'{wanted}' is the name of several tokens: give one of the IDs {several}."
        )
    return found[0]


def _named(rows: Sequence[Row], wanted: str) -> list[Row]:
    """Return the tokens of a name, else those whose name differs in its case alone."""
    folded = wanted.casefold()
    exact = [row for row in rows if row["name"] == wanted]
    return exact or [row for row in rows if str(row["name"]).casefold() == folded]


def titled(rows: Sequence[Row]) -> str:
    """Return the tokens for a question: `5 (sales-portal), 6 (kiosk) and 2 more`."""
    shown = ", ".join(
        f"{row['id']} ({row['name']})" if row.get("name") else str(row["id"])
        for row in rows[:MOST_TITLED]
    )
    return f"{shown} and {len(rows) - MOST_TITLED} more" if len(rows) > MOST_TITLED else shown


def refuse_both(token: object, *, own: bool) -> None:
    """Raise UsageProblem unless either a token or --self is given."""
    if (token is None) != own:
        raise UsageProblem("Give either a token or --self.")
