"""`tickiti server act`: what staff do in the vendor's interface, from a terminal."""

import json
import shlex
from collections.abc import Iterator

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply
from tests.support.place import Place

ERIN = "erin@trailblazers-club.example"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server with Erin, who is staff, a watchlist and the first ticket."""
    found = Place(tmp_path_factory.mktemp("act"))
    found.start()
    erin = {"name": "Erin", "email": ERIN, "is_staff": True, "is_admin": False}
    erin |= {"tonic_notifications": False}
    watchlist = {"name": "Marathon", "icon": "shoe", "shared": True}
    assert found.post("/api/v1/administration/users/create", erin)[0] == 200
    assert found.post("/api/v1/settings/watchlists/create", watchlist)[0] == 200
    made = found.tickiti("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "x")
    assert made.stdout == "220009\n"
    yield found
    found.stop()


def act(place: Place, *flags: str) -> Ran:
    done = place.tickiti("server", "act", "220009", *flags, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


def listed(place: Place, *filters: str) -> str:
    return place.tickiti("ticket", "list", *filters, "--fields", "number,status,priority").stdout


def test_the_examples_work_when_pasted(place: Place) -> None:
    shown = place.tickiti("server", "act", "--help").stdout.partition("EXAMPLES\n")[2]
    lines = [line.strip() for line in shown.splitlines()]
    assert len(lines) == 3
    for line in lines:
        done = place.tickiti(*shlex.split(line)[1:])
        assert (done.stdout, done.stderr) == ("220009\n", "")
    for filters in (("--assigned", ERIN), ("--hashtag", "#VIP"), ("--search", "watchlist=1")):
        assert listed(place, *filters, "--status", "closed") == "220009\tclosed\t30\n"
    assert act(place, "--reopen").code == 0
    assert listed(place, "--status", "closed") == ""


def test_act_shows_the_changed_ticket(place: Place) -> None:
    ran = act(place, "--close", "--priority", "low", "--hashtag", "a", "--watch", "1", "--json")
    found = json.loads(ran.stdout)
    assert {"a"} <= {*found["hashtags"]}
    assert (found["status"], found["priority"], found["watchlists"]) == ("closed", 10, [1])
    cli = Cli(place.folder)
    ran = cli.on_terminal("server", "act", "220009", "--reopen", "--assign", ERIN)
    tags = "".join(f", #{tag}" for tag in found["hashtags"])
    said = f"Ticket 220009 is open, its priority low, assigned to {ERIN}{tags}.\n"
    assert ran == Ran(0, said, "")


BAD: list[tuple[tuple[str, ...], int, str]] = [
    ((), 2, "Nothing to do: add --close, --assign EMAIL or another flag."),
    (("--close", "--reopen"), 2, "--close and --reopen contradict each other: give one of them."),
    (("--close", "--assign", "a@b.example"), 7,
     ("--assign: 'a@b.example' is not a member of staff or a team.\n"
      "See: tickiti staff list, or tickiti team list\n"
      "To make that person staff: tickiti user create NAME EMAIL")),
    (("--close", "--priority", "top"), 2,
     ("--priority: 'top' is not one of low, normal, high, urgent.\n"
      "See: tickiti server act --help")),
    (("--close", "--hashtag", "a b"), 7,
     "--hashtag 'a b' must be one word of at most 64 letters, digits, _ and -, such as vip."),
    (("--close", "--watch", "None"), 6,
     "There is no watchlist 'None'.\nSee: tickiti watchlist list"),
]  # fmt: skip


def test_bad_input_is_named_and_nothing_is_done(place: Place) -> None:
    for flags, code, sentence in BAD:
        assert act(place, *flags) == Ran(code, "", f"tickiti: {sentence}\n")
    assert listed(place, "--status", "closed") == ""


def test_a_missing_ticket_exits_6(place: Place) -> None:
    done = place.tickiti("server", "act", "7", "--close", check=False)
    assert (done.returncode, done.stderr) == (
        6,
        "tickiti: Ticket 7 not found.\nSee: tickiti ticket list\n",
    )


def test_a_vendors_install_does_not_offer_act(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"message": "Not found."}, status=404))
    message = "This server has no /_tickiti/tickets/act: only the bundled server offers that."
    ran = remote("server", "act", "7", "--close")
    assert ran == Ran(15, "", f"tickiti: {message}\n")
