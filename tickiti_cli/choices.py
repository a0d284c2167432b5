"""A flag that takes one of some words.

The rule of this file: a word that is none of them is answered with the nearest that is.
"""

from collections.abc import Sequence
from typing import Any

from typer._types import TyperChoice

from tickiti_cli.nearest import none_of


class Words(TyperChoice[Any]):
    """`also` are taken, too, but neither offered nor named."""

    def __init__(
        self, choices: Sequence[Any], *, also: Sequence[str] = (), case_sensitive: bool = True
    ) -> None:
        super().__init__(choices, case_sensitive=case_sensitive)
        self._also = also

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        return value if value in self._also else super().convert(value, param, ctx)

    def get_invalid_choice_message(self, value: Any, ctx: Any) -> str:
        return f"'{value}' is not {none_of(value, self._normalized_mapping(ctx=ctx).values())}."


STATUSES = Words(("open", "on-hold", "closed"), case_sensitive=False)
PRIORITIES = Words(
    ("low", "normal", "high", "urgent"), also=("10", "20", "30", "40"), case_sensitive=False
)
"""A server finds them in any case, and a priority by its number as well."""
