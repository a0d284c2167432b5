"""How a bulk job goes about its lines, whatever they mean: what the flags of all such jobs say."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tickiti_cli.errors import UsageProblem
from tickiti_cli.options import OnError, rate_of


class Manner(NamedTuple):
    """`key_from`: columns; `jobs`: lines sent at once; `rate`: attempts a second on average;
    `is_again`: what was done before is no reason not to send it; `other_token`: a token of another
    family may send what may have been sent."""

    key_from: Sequence[str] = ()
    jobs: int = 1
    rate: float | None = None
    stops_at_error: bool = False
    report: Path | None = None
    is_again: bool = False
    other_token: bool = False

    @classmethod
    def of(
        cls,
        *,
        key_from: str | None,
        jobs: int,
        on_error: OnError,
        report: Path | None,
        again: bool,
        other_token: bool,
        rate: str | None = None,
    ) -> "Manner":
        """From the flags' own values. Raises UsageProblem."""
        return cls(
            key_from=[name.strip() for name in key_from.split(",")] if key_from else (),
            jobs=jobs,
            rate=rate_of(rate),
            stops_at_error=on_error is OnError.STOP,
            report=report,
            is_again=again,
            other_token=other_token,
        )


def refuse_one_key(key: str | None) -> None:
    if key:
        raise UsageProblem("--idempotency-key is one key; for many lines use --key-from COLUMNS.")
