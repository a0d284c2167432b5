"""A server in test mode, whose clock a test moves."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from tests.support.office import Office
from tests.support.place import Place, ticket
from tests.support.shop import DISCOUNT, INTERVENTIONS, TEMPLATES, Shop
from tests.support.stage import answer, data_of

DAY = 86_400

NOT_IN_TEST_MODE = (
    "tickiti: This server is not in test mode.\n"
    "Start one: tickiti server start --name test --test --memory --port 0 --detach\n"
)
"""What every command of test mode says of another server. Its port is free beside that server."""

START = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)
"""A Tuesday, on which the clock of most tests stands still."""


class Timed(Office, Shop):
    """The place of `server start --test`."""

    token = Place.token

    def open(self, *flags: str) -> None:
        self.start_for_tests("--allow-callback", "127.0.0.1", *flags)

    def close(self) -> None:
        self.tickiti("server", "stop", "--db", str(self.database), check=False)

    def furnish(self, url: str | None, **members: Any) -> None:  # type: ignore[override]
        """Define the intervention whose decisions go to this URL."""
        for identifier in TEMPLATES:
            self.template(identifier)
        body = {**DISCOUNT, "remote_epilog_url": url, **members}
        answer(self, f"{INTERVENTIONS}/create", body)
        self.renew_secret()

    def clock(self, verb: str = "show", **body: Any) -> Any:
        return data_of(self, f"/_tickiti/test/clock/{verb}", body)

    def freeze(self, moment: datetime = START) -> None:
        shown = self.clock("freeze", moment=moment.isoformat())
        assert (shown["now"], shown["is_frozen"]) == (moment.isoformat(), True)

    def advance(self, **by: float) -> datetime:
        """Advance by a time such as `hours=2`, and return what the clock shows then."""
        return self.time_of(self.clock("advance", seconds=int(timedelta(**by).total_seconds())))

    @property
    def now(self) -> datetime:
        return self.time_of(self.clock())

    @property
    def date(self) -> datetime:
        """The Date header of a reply."""
        return parsedate_to_datetime(self.get("/_tickiti/healthz")[1]["date"])

    @staticmethod
    def time_of(shown: Any) -> datetime:
        return datetime.fromisoformat(shown["now"])

    def create(self, subject: str, key: str) -> Any:
        return data_of(self, "/api/create_ticket", ticket(subject), key)

    def ticket(self, number: int) -> Any:
        return data_of(self, "/api/v1/tickets/show", {"ticket_number": number})["ticket"]

    def hold(self, number: int, day: str) -> None:
        body = {"ticket_number": number, "from_email": "anna@sole-trader.example"}
        more = {"status": "on-hold", "on_hold_until": day}
        data_of(self, "/api/ticket_respond", {**body, **more}, f"hold-{number}-{day}")
