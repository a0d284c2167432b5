"""A seed fills a server in test mode: all entries or none, and a second time nothing."""

import json
import os
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.server.test_mode.test_reset import control, created, tables
from tests.support.place import Place
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sqlite  # test mode needs a file

THREAD = """
[[ticket]]
from = "jo@seed.example"
subject = "Two left shoes"
body = "<p>See the picture.</p>"
queue = "Repairs"
at = "2026-11-24T09:00:00Z"
attachments = ["sole.png"]

[[ticket.response]]
from = "mira@seed.example"
body = "<p>Ask the supplier.</p>"
internal = true
at = 2026-11-25T09:00:00Z

[[user]]
name = "Mira Stone"
email = "mira@seed.example"

[[queue]]
name = "Repairs"
"""
AT = 1_795_510_800_000_000
"""2026-11-24T09:00Z."""

TICKET = '[[ticket]]\nfrom = "a@b.example"\nsubject = "s"\nbody = "b"\n'
WHERE = "ticket 1 ('a@b.example: s'): "
MAIL = '[[mail]]\nto_address = "a@b.example"\nsubject = "s"\ncontent = "c"\n'
TOKEN = '[[token]]\nname = "t"\nabilities = ["tickets:read"]\ndiscard_secret = true\n'
INTERVENTION = '[[intervention]]\nname = "i"\ntitle = "I"\nqueue_name = "Inbox"\n'
REQUEST = '[[ticket]]\nfrom = "a@b.example"\nintervention = "refund_request"\n'
PICTURE = bytes.fromhex("89504e470d0a1a0a") + b"picture"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("seed"))
    (found.folder / "example.toml").write_text(found.tickiti("server", "seed", "--example").stdout)
    (found.folder / "sole.png").write_bytes(PICTURE)
    found.start_for_tests("--seed", str(found.folder / "example.toml"))
    yield found
    found.stop()


@pytest.fixture
def place(served: Place) -> Place:
    control(served, "reset")
    return served


def seed(place: Place, text: str, name: str = "s.toml") -> tuple[int, str]:
    path = place.folder / name
    path.write_text(text)
    done = place.tickiti("server", "seed", str(path), check=False)
    return done.returncode, done.stderr.removeprefix(f"tickiti: {path}: ")


def test_the_example_works_and_a_reset_returns_to_it(place: Place) -> None:
    at_start = tables(place)
    assert place.rows("SELECT number FROM ticket ORDER BY 1") == [(220009,), (220010,)]
    assert created(place, "another", "k") == (220011, False)
    control(place, "reset")
    assert tables(place) == at_start


def test_the_secret_of_a_token_is_in_a_private_file_and_outlives_a_reset(place: Place) -> None:
    path = place.folder / "repair-shop.token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for _ in range(2):
        body = {"originator_email_address": "a@b.example", "data": {"subject": "x", "content": "y"}}
        status, _, _ = place.post("/api/create_ticket", body, "k", token=path.read_text().strip())
        assert status == 200
        control(place, "reset")


def test_a_thread_has_its_authors_times_notes_and_files(place: Place) -> None:
    assert seed(place, THREAD)[0] == 0
    rows = place.rows(
        "SELECT p.email, r.is_internal, r.created_at FROM response r JOIN person p"
        " ON p.id = r.author_id JOIN ticket t ON t.id = r.ticket_id WHERE t.number = 220011"
        " ORDER BY r.id"
    )
    assert rows == [
        ("jo@seed.example", 0, AT),
        ("mira@seed.example", 1, AT + 86_400_000_000),
    ]
    assert place.rows("SELECT content FROM file_piece") == [(PICTURE,)]


def test_escalations_and_skills_are_seeded_once(place: Place) -> None:
    rule = '[[escalation]]\nname = "a day"\nminutes = 1440\naction = "email"\n'
    skill = '[[skill]]\nkey = "sizes"\ntitle = "Sizes"\ndescription = "x"\ninstructions = "y"\n'
    action = 'actions = [{ name = "find", description = "x", handler_type = "local",'
    action += ' handler_ref = "tickets.search", permission = "staff" }]\n'
    found = "SELECT minutes, action FROM escalation ORDER BY id"
    assert place.rows(found) == [(240, "notify")]
    for _ in range(2):
        assert seed(place, rule + skill + action) == (0, "")
    assert place.rows(found) == [(240, "notify"), (1440, "email")]
    skills = "SELECT key FROM skill WHERE key NOT LIKE 'axial.%' ORDER BY id"
    assert place.rows(skills) == [("repairs",), ("sizes",)]
    assert place.rows("SELECT name FROM skill_action") == [("find",)]


def test_a_change_a_decision_and_a_mail_are_in_the_example(place: Place) -> None:
    ticket = "SELECT p.email, t.priority FROM ticket t JOIN person p ON p.id = t.assigned_to"
    assert place.rows(f"{ticket} WHERE t.number = 220009") == [("noor@seed.example", 40)]
    ages = "SELECT t.created_at / 3600000000 - r.decided_at / 3600000000 FROM review r, ticket t"
    assert place.value(f"{ages} WHERE t.id = r.ticket_id") in (-22, -21)
    decision = '{"amount":79.9,"customer":"Petra"}'
    assert place.value("SELECT decision FROM review") == decision
    mail = "SELECT target, subject, state FROM outbox WHERE kind = 'email'"
    assert place.rows(mail) == [("petra@seed.example", "Your refund", "sent")]
    assert place.rows("SELECT subject FROM template WHERE type = 'faq'") == [
        ("How long does a repair take?",)
    ]


def test_a_mail_of_a_seed_is_delivered_by_the_running_server(place: Place) -> None:
    sender = '[[mailbox]]\nname = "out"\naddress = "out@seed.example"\nsmtp_host = "127.0.0.1"\n'
    sender += 'smtp_port = 9\nsmtp_security = "none"\nsmtp_enable = true\n'
    assert seed(place, f"{sender}{MAIL}mailbox = 'out'\n")[0] == 0
    attempts = "SELECT attempts FROM outbox WHERE mailbox = 'out'"
    wait_until(lambda: place.value(attempts) > 0)


def test_a_ticket_of_a_template_has_its_text(place: Place) -> None:
    text = '[[ticket]]\nfrom = "a@b.example"\ntemplate = "repair.received"\n'
    text += 'data = { name = "A", item = "boot" }\nqueue = "Repairs"\n'
    for _ in range(2):
        assert seed(place, text) == (0, "")
    found = "SELECT t.subject, q.name FROM ticket t JOIN queue q ON q.id = t.queue_id"
    assert place.rows(f"{found} WHERE t.number = 220011") == [("We have your boot", "Repairs")]


def test_a_hold_of_seven_days_ends_seven_days_after_the_seed(place: Place) -> None:
    text = f'{TICKET}status = "on-hold"\non_hold_until = "7d"\nago = "3d"\n'
    before = datetime.now(UTC).date()
    assert seed(place, text) == (0, "")
    held = place.value("SELECT on_hold_until FROM ticket WHERE number = 220011")
    after = datetime.now(UTC).date()
    assert before + timedelta(days=7) <= date.fromisoformat(held) <= after + timedelta(days=7)


def test_both_tokens_of_a_rotation_work_and_outlive_a_reset(place: Place) -> None:
    body = {"originator_email_address": "a@b.example", "data": {"subject": "x", "content": "y"}}
    for round_ in range(2):
        for name in ("front-desk.old.token", "front-desk.token"):
            token = (place.folder / name).read_text().strip()
            key = f"{name} {round_}"
            assert place.post("/api/create_ticket", body, key, token=token)[0] == 200
        control(place, "reset")


def test_a_rotation_is_made_once(place: Place) -> None:
    text = f"{TOKEN}rotation = {{ overlap_seconds = 60, discard_secret = true }}\n"
    for _ in range(2):
        assert seed(place, text) == (0, "")
    found = "SELECT count(*) FROM api_token WHERE name = 't'"
    assert place.value(found) == 2


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (TOKEN.replace("discard_secret = true", ""), "token 1 ('t')"),
        (
            TOKEN.replace("discard_secret = true", 'secret_file = "t"\nrotation = {}'),
            "token 1 ('t'): rotation",
        ),
        (
            f'{INTERVENTION}token = {{ remote_name = "shop", discard_secret = false }}\n',
            "intervention 1 ('i'): token",
        ),
    ],
)
def test_a_secret_that_nobody_would_see_is_refused(place: Place, text: str, where: str) -> None:
    before = tables(place)
    code, said = seed(place, text)
    sentence = f"{where}: secret_file: required, because the secret is written only once.\n"
    assert (code, said.startswith(sentence), "discard_secret = true" in said) == (2, True, True)
    assert tables(place) == before
    words = ("server", "start", "--test", "--memory", "--port", "0", "--seed")
    done = place.tickiti(*words, str(place.folder / "s.toml"), check=False)
    assert (done.returncode, sentence in done.stderr) == (2, True)


def test_the_secrets_of_a_seed_outlive_a_restart_and_a_reset(tmp_path: Path) -> None:
    place = Place(tmp_path)
    (tmp_path / "example.toml").write_text(place.tickiti("server", "seed", "--example").stdout)
    start = ("--seed", str(tmp_path / "example.toml"))
    place.start_for_tests(*start)
    place.stop()
    place.start_for_tests(*start)
    control(place, "reset")
    secret = (tmp_path / "refund-request.secret").read_text().strip()
    assert place.rows("SELECT secret FROM intervention_secret") == [(secret,)]
    body = {"originator_email_address": "a@b.example", "data": {"subject": "x", "content": "y"}}
    for name in ("front-desk.old.token", "front-desk.token"):
        token = (tmp_path / name).read_text().strip()
        assert place.post("/api/create_ticket", body, name, token=token)[0] == 200
    place.stop()


def test_the_same_seed_twice_changes_nothing(place: Place) -> None:
    assert seed(place, THREAD)[0] == 0
    before = tables(place)
    assert seed(place, THREAD)[0] == 0
    place.tickiti("server", "seed", str(place.folder / "example.toml"))
    assert tables(place) == before


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[[quue]]\nname = "x"', "'quue' is not a kind of entry"),
        ('[[queue]]\nnam = "x"', "queue 1: nam: not a field"),
        ("[[queue]]\nis_parked = true", "queue 1: name: required"),
        ("queue = 3", "queue: must be a list of tables"),
        ('[[queue]]\nname = "x"\n[[queue]]\nname = "x"', "queue 2 ('x'): the file has this entry"),
        ('[[user]]\nname = "x"\nemail = "x"', "user 1 ('x'): email: "),
        ('[[escalation]]\nminutes = 1\naction = "notify"', "escalation 1: name: required"),
        (
            '[[escalation]]\nname = "x"\nminutes = 0\naction = "notify"',
            "escalation 1 ('x'): minutes: ",
        ),
        ('[[skill]]\nkey = "x"\ntitle = "X"', "skill 1 ('x'): description: "),
        (
            '[[token]]\nname = "x"\nabilities = ["control-server"]\nsecret_file = "t"',
            "token 1 ('x'): ",
        ),
        (
            '[[ticket]]\nfrom = "x"\nsubject = "s"\nbody = "b"',
            "ticket 1 ('x: s'): from: The from field",
        ),
        (
            '[[ticket]]\nfrom = "a@b.example"\nsubject = "s"\nbody = "b"\nqueue = "None"',
            "ticket 1 ('a@b.example: s'): queue: Queue 'None' not found.",
        ),
        (
            '[[ticket]]\nfrom = "a@b.example"\nsubject = "s"\nbody = "b"\nago = "soon"',
            "ticket 1 ('a@b.example: s'): ago = 'soon'",
        ),
        (
            '[[ticket]]\nfrom = "a@b.example"\nsubject = "s"\nbody = "b"\nat = "2026-11-24"',
            "ticket 1 ('a@b.example: s'): at: '2026-11-24' has no offset",
        ),
        (
            '[[ticket]]\nfrom = "a@b.example"\nsubject = "s"\n[[ticket.response]]\nx = 1',
            "ticket 1 ('a@b.example: s'): ",
        ),
        (
            '[[ticket]]\nfrom = "a@b.example"\nsubject = "s"\nbody = "b"\nattachments = ["none"]',
            "attachments: ",
        ),
        ('[[queue]]\nname = "x', "not TOML: "),
        (
            f"{REQUEST}uid = '1'\ndata = {{ customer = 'x', amount = 1 }}\ndecision = {{ x = 1 }}",
            "ticket 1 ('a@b.example'): decision: x: not",
        ),
        (
            f"{TICKET}[[ticket.change]]\nclose = true\nwatchlists = ['x']",
            f"{WHERE}change 1: watchlists: No",
        ),
        (
            f"{TICKET}[[ticket.change]]\nassigned = 'x'",
            f"{WHERE}change 1: assigned: The assigned field",
        ),
        (
            f"{TICKET}[ticket.decision]\ndata = {{}}",
            f"{WHERE}decision: requires intervention",
        ),
        (f"{TICKET}uid = 'x'", f"{WHERE}uid: requires template or intervention"),
        (
            f"{TICKET}intervention = 'refund_request'",
            f"{WHERE}subject: does not go with intervention",
        ),
        (
            f"{REQUEST}data = 1",
            "ticket 1 ('a@b.example'): data: must be a table",
        ),
        (f"{REQUEST}queue = 'Inbox'", "ticket 1 ('a@b.example'): queue: The queue field does not"),
        (f"{REQUEST}data = {{}}", "ticket 1 ('a@b.example'): uid: The uid field is required."),
        (
            '[[mail]]\nto_address = "x"\nsubject = "s"\ncontent = "c"',
            "mail 1 ('x: s'): to_address: ",
        ),
        (
            f"{MAIL}{MAIL}",
            "mail 2 ('a@b.example: s'): the file has this entry twice; give each a name",
        ),
        (f"{MAIL}mailbox = 'x'", "mail 1 ('a@b.example: s'): mailbox: "),
        ('[[template]]\ncontent = "c"', "template 1: identifier: required"),
        (f"{TOKEN}rotation = 1", "token 1: rotation: must be a table"),
        (
            f"{TOKEN}rotation = {{ overlap_seconds = -1, discard_secret = true }}",
            "token 1 ('t'): rotation: overlap_seconds: The overlap_seconds field",
        ),
        (
            f"{TOKEN}secret_file = 't'",
            "token 1: discard_secret: does not go with secret_file",
        ),
        (
            f"{INTERVENTION}token = {{ discard_secret = true }}",
            "intervention 1 ('i'): token: remote_name: The remote_name field is required.",
        ),
        ('[[watchlist]]\nname = "Recall"\nicon = "other"', "watchlist 1 ('Recall'): differs from"),
    ],
)
def test_a_wrong_entry_is_named_and_nothing_is_applied(
    place: Place, text: str, sentence: str
) -> None:
    before = tables(place)
    code, said = seed(
        place, text if text.startswith("queue =") else f'[[team]]\nname = "T"\n{text}'
    )
    assert code in (2, 7)
    assert said.startswith(sentence)
    assert tables(place) == before


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"watchlists": 5}, "watchlists: must be a list of strings"),
        ({"watchlists": "Recall"}, "watchlists: must be a list of strings"),
        ({"hashtags": [1]}, "hashtags: must be a list of strings"),
        ({"response": 5}, "response: must be a list of tables"),
        ({"response": "x"}, "response: must be a list of tables"),
        ({"response": [1]}, "response: must be a list of tables"),
        ({"response": {"from": "a@b.example"}}, "response: must be a list of tables"),
        ({"internal": "no"}, "internal: must be true or false"),
        ({"ago": "99999999999999d"}, "ago: '99999999999999d' is not within the years"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at: '0001-01-01T00:00:00+14:00' is not within"),
        ({"at": "1969-12-31T23:59:59Z"}, "at: '1969-12-31T23:59:59Z' is not within the years"),
        ({"at": "9999-12-31T23:59:59Z"}, "at: '9999-12-31T23:59:59Z' is not within the years"),
        ({"name": 5}, "name: must be a string"),
    ],
)
def test_a_value_of_another_type_names_the_field_of_a_ticket(
    place: Place, fields: dict[str, object], sentence: str
) -> None:
    before = tables(place)
    ticket = {"from": "a@b.example", "subject": "s", "body": "b", **fields}
    code, said = seed(place, json.dumps({"ticket": [ticket]}), "s.json")
    assert (code, said.partition(": ")[0].startswith("ticket 1")) == (7, True)
    assert sentence in said
    assert tables(place) == before


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"team": [{"name": "T", "members": 5}]}, "team 1: members: must be a list of strings"),
        ({"team": [{"name": "T", "members": "a"}]}, "team 1: members: must be a list of strings"),
        ({"queue": [{"name": 5}]}, "queue 1: name: must be a string"),
        (
            {"token": [{"name": "t", "abilities": ["x"], "discard_secret": True}]},
            "token 1 ('t'): abilities: The abilities field must be one of",
        ),
        ({"ticket": [{"subject": "s"}]}, "ticket 1 ('s'): from: The from field is required."),
        ({"ticket": [{}]}, "ticket 1: from: The from field is required."),
    ],
)
def test_a_value_of_another_type_names_entry_and_field(
    place: Place, entries: dict[str, object], sentence: str
) -> None:
    code, said = seed(place, json.dumps(entries), "s.json")
    assert (code, said.startswith(sentence)) == (7, True), said


def test_a_seed_file_may_be_json(place: Place) -> None:
    text = json.dumps({"queue": [{"name": "From JSON"}]})
    assert seed(place, text, "s.json")[0] == 0
    assert place.rows("SELECT 1 FROM queue WHERE name = 'From JSON'") == [(1,)]
    assert seed(place, "[1]", "s.json")[0] == 2


@pytest.mark.parametrize(
    "text", ['[[queue]]\nname = "From stdin"\n', ' {"queue": [{"name": "From stdin"}]}']
)
def test_a_seed_on_standard_input_is_toml_or_json(place: Place, text: str) -> None:
    done = place.tickiti("server", "seed", "-", stdin=text)
    assert done.stdout == "seeded\n"
    assert place.rows("SELECT 1 FROM queue WHERE name = 'From stdin'") == [(1,)]


def test_a_seed_on_standard_input_has_its_files_in_the_current_directory(place: Place) -> None:
    text = f'{TICKET}attachments = ["sole.png"]\n'
    text += TOKEN.replace("discard_secret = true", 'secret_file = "stdin.token"')
    place.tickiti("server", "seed", "-", stdin=text, cwd=place.folder)
    assert place.rows("SELECT content FROM file_piece") == [(PICTURE,)]
    assert (place.folder / "stdin.token").read_text().count("|") == 1


@pytest.mark.parametrize(
    ("text", "paths", "sentence"),
    [
        ("[[queue]]\n", ["-"], "standard input: queue 1: name: required"),
        ("[[queue]", ["-"], "standard input: not TOML: "),
        ("{", ["-"], "standard input: not JSON: "),
        ("", ["-", "-"], "-: standard input can be read only once."),
    ],
)
def test_a_wrong_seed_on_standard_input_is_refused(
    place: Place, text: str, paths: list[str], sentence: str
) -> None:
    done = place.tickiti("server", "seed", *paths, check=False, stdin=text)
    assert (done.returncode in (2, 7), sentence in done.stderr) == (True, True)


def test_a_seed_in_a_pipe_is_read_once(place: Place) -> None:
    """A second read would wait for ever."""
    pipe = place.folder / "pipe"
    os.mkfifo(pipe)
    writing = threading.Thread(target=pipe.write_text, args=['[[queue]]\nname = "Piped"\n'])
    writing.start()
    place.tickiti("server", "seed", str(pipe))
    writing.join()
    assert place.rows("SELECT 1 FROM queue WHERE name = 'Piped'") == [(1,)]


def test_a_server_starts_with_a_seed_on_standard_input(tmp_path: Path) -> None:
    place = Place(tmp_path)
    words = ("server", "start", "--test", "--db", str(place.database), "--port", "0", "--detach")
    place.tickiti(*words, "--seed", "-", stdin='[[queue]]\nname = "From stdin"\n')
    assert place.rows("SELECT 1 FROM queue WHERE name = 'From stdin'") == [(1,)]
    place.stop()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '{"queue": [{"name": "A"}], "queue": [{"name": "B"}]}',
            "the field 'queue' occurs twice in one object",
        ),
        ('{"queue": [{"name": "A", "name": "B"}]}', "the field 'name' occurs twice in one object"),
        ('{"queue": [{"name": NaN}]}', "NaN is not a JSON number"),
    ],
)
def test_a_json_seed_whose_meaning_is_in_doubt_is_refused(
    place: Place, text: str, sentence: str
) -> None:
    assert seed(place, text, "s.json") == (2, f"not JSON: {sentence}.\n")


def test_a_toml_seed_with_a_nan_names_the_file(place: Place) -> None:
    said = "not TOML: nan is not a value that can be sent.\n"
    assert seed(place, '[[queue]]\nname = "x"\nis_parked = nan') == (2, said)


def test_a_secret_never_replaces_a_seed_or_another_secret(place: Place) -> None:
    token = '[[token]]\nname = "{}"\nabilities = ["tickets:read"]\nsecret_file = "{}"\n'
    text = token.format("a", "./own.toml")
    code, said = seed(place, text, "own.toml")
    assert (code, "secret_file ./own.toml of token 'a' is also the seed" in said) == (2, True)
    assert (place.folder / "own.toml").read_text() == text
    code, said = seed(place, token.format("b", "b.token") + token.format("c", "b.token"))
    assert (code, "of token 'c' is also the file of token 'b'" in said) == (2, True)
    code, said = seed(place, '[[token]]\nname = "d"\nabilities = []\nsecret_file = 5')
    assert (code, "token 1: secret_file: must be a string" in said) == (7, True)
    assert place.value("SELECT count(*) FROM api_token WHERE name IN ('a', 'b', 'c', 'd')") == 0


def test_a_start_with_a_wrong_seed_starts_no_server(tmp_path: Path) -> None:
    place = Place(tmp_path)
    (tmp_path / "bad.toml").write_text('[[queue]]\nnam = "x"')
    words = ("server", "start", "--test", "--memory", "--port", "0", "--seed")
    done = place.tickiti(*words, str(tmp_path / "bad.toml"), check=False)
    assert (done.returncode, "queue 1: nam: not a field" in done.stderr) == (2, True)
    assert place.tickiti("server", "status", check=False).returncode == 13


def test_a_seed_requires_test_mode(tmp_path: Path) -> None:
    done = Place(tmp_path).tickiti("server", "start", "--seed", "x.toml", "--memory", check=False)
    assert (done.returncode, "--seed requires --test" in done.stderr) == (2, True)
