"""What a benchmark reports: a ratio against a reference, and the bar it should meet."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row of results.md. `measured` and `reference` are medians with their unit."""

    bar_name: str
    what: str
    measured: str
    reference: str
    ratio: float
    bar: float
    better: Literal["lower", "higher"]
    command: str

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.bar if self.better == "lower" else self.ratio >= self.bar

    @property
    def bar_text(self) -> str:
        return f"{'<=' if self.better == 'lower' else '>='} {self.bar:.2f} x"
