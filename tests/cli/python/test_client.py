"""The client for Python keeps the promises of the commands: each write once, each error named."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.cli.python.conftest import Connected
from tests.support.cli import Admin, Cli, Served
from tests.support.foreign import Foreign, failure, hang_up, reply, silence, ticket_created
from tests.support.multipart import PNG
from tickiti_cli.python import ApiError, Client, File, TickitiError, Unreachable, UsageProblem
from tickiti_cli.python.types import TicketContent

ANNA = "anna@client.example"
DATA: TicketContent = {"subject": "Cracked plate", "content": "It snapped at mile 14."}


def created(client: Client, key: str | None = None) -> int:
    reply = client.create_ticket(originator_email_address=ANNA, data=DATA, idempotency_key=key)
    return reply["ticket_number"]


def test_a_ticket_is_created_answered_and_closed(client: Client) -> None:
    number = created(client)
    client.tickets.respond(ticket_number=number, from_email=ANNA, content="It is the left one.")
    client.tickets.close(ticket_number=number)
    shown = client.tickets.show(ticket_number=number)
    assert (shown["ticket"]["subject"], shown["ticket"]["status"]) == ("Cracked plate", "closed")
    assert len(client.tickets.responses(ticket_number=number)["responses"]) >= 2


def test_the_same_key_gets_the_first_reply_and_makes_no_second_ticket(client: Client) -> None:
    key = str(uuid4())
    first = created(client, key)
    assert client.last_reply is not None
    assert not client.last_reply.is_replay
    assert created(client, key) == first
    assert client.last_reply.is_replay
    assert client.last_reply.key == key


def test_a_key_of_another_request_is_a_conflict(client: Client) -> None:
    key = str(uuid4())
    created(client, key)
    with pytest.raises(ApiError) as caught:
        client.create_ticket(
            originator_email_address=ANNA,
            data={"subject": "Another", "content": "Text."},
            idempotency_key=key,
        )
    assert (caught.value.status, caught.value.code) == (409, "idempotency_key_conflict")


def test_a_refusal_names_the_field(client: Client) -> None:
    with pytest.raises(ApiError) as caught:
        client.create_ticket(originator_email_address="nobody", data=DATA)
    assert caught.value.status == 422
    assert "originator_email_address" in caught.value.errors


def test_an_unknown_argument_is_refused_and_a_call_by_name_takes_any_field(client: Client) -> None:
    """A newer server may have fields that this version does not know."""
    number = created(client)
    unknown: dict[str, Any] = {"ticket_nummer": number}
    with pytest.raises(TypeError, match=r"'ticket_nummer'\. Did you mean ticket_number\?"):
        client.tickets.close(ticket_number=number, **unknown)
    assert client.tickets.show(ticket_number=number)["ticket"]["status"] == "open"
    client.call("tickets.close", {"ticket_number": number, "mood": "glad"})
    assert client.tickets.show(ticket_number=number)["ticket"]["status"] == "closed"


def test_all_pages_of_a_list_are_one_stream(client: Client) -> None:
    numbers = {created(client) for _ in range(7)}
    rows = client.tickets.query_all(row_limit=3, order="number")
    assert numbers <= {row["number"] for row in rows}
    classic = [row["number"] for row in client.tickiti_api_index_all(limit=3)]
    assert numbers <= {*classic}
    assert len(classic) == len({*classic})


def test_a_file_is_uploaded_from_memory_and_from_disk(client: Client, tmp_path: Path) -> None:
    (tmp_path / "plate.png").write_bytes(PNG)
    first = client.tickets.attachment_upload(file=tmp_path / "plate.png")
    again = client.tickets.attachment_upload(file=File("other.png", PNG))
    assert first["sha256"] == again["sha256"]


def test_a_missing_file_is_named(client: Client, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"gone\.png: No such file"):
        client.tickets.attachment_upload(file=tmp_path / "gone.png")


def test_an_endpoint_with_names_in_its_path_is_filled_in(client: Client) -> None:
    user = client.administration.users.create(
        name="Erin", email="erin@client.example",
        is_staff=True, is_admin=False, tonic_notifications=False,
    )  # fmt: skip
    done = client.administration.users.update(
        user=int(user["user_id"]), is_staff=True, is_admin=True, tonic_notifications=False
    )
    assert done["ok"] is True


def test_a_lost_reply_is_asked_for_again_with_the_same_key(
    connect: Connected, foreign: Foreign
) -> None:
    foreign.answers(hang_up, failure(503, "storage_full"), ticket_created())
    client = connect(foreign.base_url, "7|secret")
    client.tickets.create(originator_email_address=ANNA, data={**DATA})
    assert len(foreign.asked) == 3
    assert len({asked.headers["idempotency-key"] for asked in foreign.asked}) == 1
    assert len({asked.body for asked in foreign.asked}) == 1


def test_an_unknown_outcome_stays_in_the_journal_for_op_resume(
    connect: Connected, foreign: Foreign, run: Cli
) -> None:
    foreign.answers(silence)
    client = connect(foreign.base_url, "7|secret", timeout=0.3, retries=0)
    with pytest.raises(Unreachable) as caught:
        client.create_ticket(originator_email_address=ANNA, data=DATA)
    assert caught.value.outcome == "unknown"
    (open_operation,) = json.loads(run("op", "list", "--json").stdout)
    assert open_operation["idempotency_key"] == caught.value.idempotency_key


def test_a_client_without_a_journal_writes_no_journal(
    connect: Connected, foreign: Foreign, run: Cli
) -> None:
    foreign.answers(silence)
    client = connect(foreign.base_url, "7|secret", timeout=0.3, retries=0, journal=False)
    with pytest.raises(Unreachable):
        client.create_ticket(originator_email_address=ANNA, data=DATA)
    assert json.loads(run("op", "list", "--json").stdout) == []


def test_a_given_key_goes_to_one_generation_despite_earlier_calls(
    connect: Connected, foreign: Foreign, run: Cli
) -> None:
    """Another process with this key would ask the same endpoint, which alone knows the key."""
    run.configure(
        f'[profiles.far]\nbase_url = "{foreign.base_url}"\napi = "auto"\n',
        '[far]\ntoken = "7|secret-of-far"\ntoken_id = 7\n',
    )
    foreign.answers(ticket_created())
    client = connect(profile="far")
    created(client)
    created(client, "order-1")
    paths = [asked.line.split()[1] for asked in foreign.asked]
    assert paths == ["/api/v1/tickets", "/api/create_ticket"]


def test_the_profile_of_the_commands_is_the_clients(local: Cli, served: Served) -> None:
    with Client(profile="local", environ=local.environ({})) as client:
        assert client.base_url == served.base_url
        created(client)
    with Client(environ=local.environ({})) as client:
        assert client.base_url == served.base_url


def test_the_environment_names_the_server(admin: Admin, run: Cli) -> None:
    environ = run.environ({"TICKITI_API_BASE": admin.base_url, "TICKITI_API_TOKEN": admin.token})
    with Client(environ=environ) as client:
        created(client)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"base_url": "http://127.0.0.1:1"}, "needs its token"),
        ({"base_url": "http://127.0.0.1:1", "token": "1|x", "profile": "a"}, "not both"),
        ({"profile": "nowhere"}, "no profile 'nowhere'"),
        ({"base_url": "not a url", "token": "1|x"}, "not a url"),
        ({"base_url": "", "token": "1|x"}, "base_url: the value is empty"),
        ({"base_url": "http://127.0.0.1:1", "token": ""}, "token: the value is empty"),
        ({"base_url": "http://127.0.0.1:1", "token": "1|x\ny"}, "token: it contains invalid"),
        ({"profile": " "}, "profile: the value is empty"),
        ({}, "No Tickiti server is configured"),
    ],
)
def test_a_wrong_server_is_an_error_before_anything_is_sent(
    run: Cli, arguments: dict[str, str], sentence: str
) -> None:
    with pytest.raises(TickitiError, match=sentence):
        Client(**arguments, environ=run.environ({}))  # type: ignore[arg-type]


def test_a_token_goes_to_no_other_machine_without_tls(connect: Connected) -> None:
    client = connect("http://192.0.2.1", "7|secret", timeout=0.3, retries=0)
    with pytest.raises(UsageProblem, match="not encrypted"):
        created(client)


def test_threads_that_share_a_client_get_each_their_own_reply(client: Client) -> None:
    found: dict[str, str] = {}

    def create(subject: str) -> None:
        reply = client.tickets.create(
            originator_email_address=ANNA, data={"subject": subject, "content": "Text."}
        )
        shown = client.tickets.show(ticket_number=reply["ticket_number"])
        found[subject] = shown["ticket"]["subject"]

    threads = [threading.Thread(target=create, args=(f"Plate {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {f"Plate {n}": f"Plate {n}" for n in range(8)}


def test_a_reply_of_another_server_is_an_error(connect: Connected, foreign: Foreign) -> None:
    foreign.answers(reply({"hello": "world"}))
    with pytest.raises(TickitiError, match="without the data of Tickiti's reply"):
        connect(foreign.base_url, "7|secret").tickets.queues()


def test_a_closed_client_opens_a_new_connection(client: Client) -> None:
    created(client)
    client.close()
    assert created(client)


def test_the_examples_of_the_manual_run_in_order(local: Cli, tmp_path: Path) -> None:
    page = local("help", "python").stdout.partition("\nErrors\n")[0]
    code = "\n".join(line[4:] for line in page.splitlines() if line.startswith("    "))
    (tmp_path / "plate.png").write_bytes(PNG)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, cwd=tmp_path, env=local.environ({}), check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.splitlines()[0].isdigit()
    assert done.stdout.splitlines()[-1] == "False"


def test_no_command_imports_the_client() -> None:
    code = "import sys, tickiti_cli.parser.app; print('tickiti_cli.python' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
