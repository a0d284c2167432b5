"""Times are written in the contract's form."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as some

from tickiti_server.clock import SECOND, rfc3339

MOST = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) * SECOND


@given(some.integers(min_value=0, max_value=MOST + SECOND - 1))
def test_a_time_is_written_in_utc_to_the_second(moment: int) -> None:
    assert rfc3339(moment) == datetime.fromtimestamp(moment // SECOND, UTC).isoformat()
