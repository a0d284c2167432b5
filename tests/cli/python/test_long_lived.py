"""A client for Python in a program that lives long, forks, or uses a pool of processes."""

import multiprocessing
import pickle
from pathlib import Path

import pytest

from tests.cli.python.conftest import Connected
from tests.support.cli import Cli
from tests.support.foreign import Foreign, failure, silence, ticket_created
from tickiti_cli.contract.errors import KeyConflict, QueueNotFound, TokenInUse
from tickiti_cli.errors import ExitCode, NotVerified
from tickiti_cli.python import ApiError, Client, File, ForeignReply, TickitiError, TimedOut
from tickiti_cli.python.types import TicketContent

ANNA = "anna@client.example"
DATA: TicketContent = {"subject": "Cracked plate", "content": "It snapped at mile 14."}


def created(client: Client, key: str | None = None) -> int:
    reply = client.create_ticket(originator_email_address=ANNA, data=DATA, idempotency_key=key)
    return reply["ticket_number"]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_each_write_closes_what_it_opened(client: Client) -> None:
    created(client)
    before = open_files()
    for _ in range(5):
        created(client)
    assert open_files() == before


def test_a_living_program_leaves_its_open_operation_to_op_resume(
    connect: Connected, foreign: Foreign, run: Cli
) -> None:
    foreign.answers(silence, ticket_created())
    client = connect(foreign.base_url, "7|secret", timeout=0.3, retries=0)
    with pytest.raises(TimedOut) as caught:
        created(client)
    assert caught.value.operation is not None
    token = run.home / "token"
    token.write_text("7|secret", "utf-8")
    token.chmod(0o600)
    resumed = run(
        "op", "resume", caught.value.operation, "--base-url", foreign.base_url,
        "--token-file", str(token),
    )  # fmt: skip
    assert "another process" not in resumed.stderr
    assert resumed.code == ExitCode.SUCCESS, resumed.stderr


def test_the_child_of_a_fork_has_a_connection_of_its_own(client: Client) -> None:
    numbers = [created(client), created(client)]
    context = multiprocessing.get_context("fork")
    found: multiprocessing.SimpleQueue[bool] = context.SimpleQueue()

    def ask(number: int) -> bool:
        shown = (client.tickets.show(ticket_number=number) for _ in range(40))
        return all(one["ticket"]["number"] == number for one in shown)

    def in_child() -> None:
        is_right = False
        try:
            is_right = ask(numbers[1])
        finally:
            found.put(is_right)

    child = context.Process(target=in_child)
    child.start()
    assert ask(numbers[0])
    child.join(30)
    assert child.exitcode == 0
    assert found.get()


def test_a_fork_during_a_request_of_another_thread_blocks_no_child(client: Client) -> None:
    number = created(client)
    with client._one_at_a_time:
        child = multiprocessing.get_context("fork").Process(target=created, args=(client,))
        child.start()
        child.join(20)
        child.kill()
    assert child.exitcode == 0
    assert max(row["number"] for row in client.tickets.query_all()) == number + 1


@pytest.mark.parametrize(
    "error",
    [
        TimedOut("No answer.", may_have_arrived=True),
        ForeignReply("A page.", status=502),
        NotVerified("Not you.", hint="Log in.", exit_code=ExitCode.FORBIDDEN, code="not_you"),
        QueueNotFound("Returns"),
        TokenInUse(7, last_used_at="now", seconds=60),
        KeyConflict.received("Used before."),
    ],
)
def test_an_error_goes_from_one_process_to_another(error: TickitiError | ApiError) -> None:
    error.outcome, error.idempotency_key = "unknown", "order-1"
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), vars(again)) == (str(error), vars(error))


def test_a_rotated_token_of_the_profile_is_read_again(
    connect: Connected, foreign: Foreign, run: Cli
) -> None:
    profile = f'[profiles.far]\nbase_url = "{foreign.base_url}"\napi = "classic"\n'
    run.configure(profile, '[far]\ntoken = "7|secret-of-far"\ntoken_id = 7\n')
    client = connect(profile="far", retries=0)
    foreign.answers(ticket_created())
    created(client)
    foreign.asked.clear()
    foreign.answers(failure(401, "unauthenticated"), ticket_created())
    run.configure(profile, '[far]\ntoken = "8|next-of-far"\ntoken_id = 8\n')
    created(client)
    sent = [asked.headers["authorization"] for asked in foreign.asked]
    assert sent == ["Bearer 7|secret-of-far", "Bearer 8|next-of-far"]


def test_an_empty_key_is_refused_as_the_flag_refuses_it(client: Client) -> None:
    with pytest.raises(TickitiError, match="idempotency_key: the value is empty"):
        created(client, "")
    with pytest.raises(TypeError, match="idempotency_key must be a str, not int"):
        created(client, 4711)  # type: ignore[arg-type]
    assert client.last_reply is None


def test_a_token_of_a_file_may_end_with_a_line_break(client: Client, connect: Connected) -> None:
    assert client._secret is not None
    created(connect(client.base_url, f"{client._secret}\n"))


@pytest.mark.parametrize("given", [b"123", File("plate.png", "123"), Path("plate.png").open])  # type: ignore[arg-type]
def test_what_is_no_file_is_refused_before_it_is_sent(client: Client, given: object) -> None:
    with pytest.raises(TypeError, match=r"file must be a pathlib\.Path or File\(name, bytes\)"):
        client.tickets.attachment_upload(file=given)  # type: ignore[typeddict-item]
