"""Clients that generators make of the OpenAPI document file, answer and close a ticket.

The generators come from their registries into a folder of the test. The one for TypeScript needs
Node.js, and openapi-generator needs Java: their tests are there where npm and java are.
"""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.place import Place

MOST_FILES = 900
MOST_IMPORT_SECONDS = 2.0
"""Of the processor, so that a busy machine changes nothing."""
SECONDS = 300

IMPORT = """
import time
before = time.process_time()
from client.api.tickets import tickets_close
print(time.process_time() - before)
"""
PYTHON = """
import sys, uuid
from client import AuthenticatedClient
from client.api.tickets import tickets_close, tickets_create, tickets_respond
from client.models import CloseTicket, CreateWithContentV1, RespondV1, TicketContentV1

own = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])

def send(operation, body):
    return operation.sync(client=own, idempotency_key=str(uuid.uuid4()), body=body).data

content = TicketContentV1(subject="A shoe", content="It broke.")
new = CreateWithContentV1(originator_email_address="marcus@b.example", data=content)
number = send(tickets_create, new).ticket_number
send(tickets_respond, RespondV1(ticket_number=number, from_email="anna@b.example", content="Hi."))
send(tickets_close, CloseTicket(ticket_number=number))
print(number)
"""
PYDANTIC = """
import sys, uuid
from client import ApiClient, Configuration, TicketsApi
from client.models import (
    CloseTicket, CreateWithContentV1, RespondV1, TicketContentV1, TicketsCreateRequest,
)

api = TicketsApi(ApiClient(Configuration(host=sys.argv[1], access_token=sys.argv[2])))

def key():
    return str(uuid.uuid4())

content = TicketContentV1(subject="A shoe", content="It broke.")
new = CreateWithContentV1(originator_email_address="marcus@b.example", data=content)
number = api.tickets_create(key(), TicketsCreateRequest(new)).data.ticket_number
api.tickets_respond(
    key(), RespondV1(ticket_number=number, from_email="anna@b.example", content="Hi.")
)
api.tickets_close(key(), CloseTicket(ticket_number=number))
print(number)
"""
TYPESCRIPT = """
import createClient from "openapi-fetch";
import type { paths } from "./api.d.ts";

const [base, token] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${token}` };
const client = createClient<paths>({ baseUrl: base, headers });
const key = () => ({ header: { "Idempotency-Key": crypto.randomUUID() } });

const made = await client.POST("/api/v1/tickets", {
  params: key(),
  body: {
    originator_email_address: "marcus@b.example",
    data: { subject: "A shoe", content: "It broke." },
  },
});
if (!made.data) throw new Error(made.error.message);
const ticket_number = made.data.data.ticket_number;
const answer = { ticket_number, from_email: "anna@b.example", content: "Hi." };
const answered = await client.POST("/api/v1/tickets/respond", { params: key(), body: answer });
if (!answered.data) throw new Error(answered.error.message);
const named = { ticket_number };
const closed = await client.POST("/api/v1/tickets/close", { params: key(), body: named });
if (!closed.data) throw new Error(closed.error.message);
console.log(ticket_number);
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("generated"))
    found.start()
    (found.folder / "document.json").write_bytes(found.get("/_tickiti/openapi.json")[2])
    yield found
    found.stop()


def ran(folder: Path, *words: str) -> str:
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def installed(folder: Path, *words: str) -> None:
    ran(folder, *words)


def twins(models: Path) -> list[list[str]]:
    """Modules that differ in the names of their classes and in documentation alone."""
    found: dict[str, list[str]] = {}
    for path in models.glob("[!_]*.py"):
        found.setdefault(anonymous(path), []).append(path.stem)
    return [names for names in found.values() if len(names) > 1]


def anonymous(path: Path) -> str:
    """The code of a module without docstrings and without the name of its class."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    text = ast.unparse(tree)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            text = re.sub(rf"\b{node.name}\b", "Model", text)
    return re.sub(rf"\b{path.stem}\b", "model", text)


def test_twins_are_models_that_differ_in_name_alone(tmp_path: Path) -> None:
    for name, kind in (("First", "int"), ("Second", "int"), ("Third", "str")):
        text = f'class {name}:\n    """The {name}."""\n    id: {kind}\n'
        (tmp_path / f"{name.lower()}.py").write_text(text)
    assert [sorted(names) for names in twins(tmp_path)] == [["first", "second"]]


def status_of(place: Place, number: str) -> str:
    raw = place.post("/api/v1/tickets/show", {"ticket_number": number})[2]
    return "closed" if b'"status":"closed"' in raw else raw.decode()


def test_generated_python_client_creates_answers_and_closes_a_ticket(
    place: Place, tmp_path: Path
) -> None:
    ran(tmp_path, sys.executable, "-m", "venv", "own")
    python = str(tmp_path / "own" / "bin" / "python")
    installed(tmp_path, python, "-m", "pip", "install", "-q", "openapi-python-client")
    document = str(place.folder / "document.json")
    generate = ("generate", "--path", document, "--output-path", "client", "--meta", "none")
    (tmp_path / "config.yml").write_text("post_hooks: []\n")
    program = str(tmp_path / "own" / "bin" / "openapi-python-client")
    told = ran(tmp_path, program, *generate, "--config", "config.yml")
    assert "WARNING" not in told
    assert "Unable to process" not in told
    assert len([*(tmp_path / "client").rglob("*.py")]) <= MOST_FILES
    assert twins(tmp_path / "client" / "models") == []
    ran(tmp_path, python, "-c", IMPORT)
    assert float(ran(tmp_path, python, "-c", IMPORT)) <= MOST_IMPORT_SECONDS
    base_url = f"http://127.0.0.1:{place.port}"
    number = ran(tmp_path, python, "-c", PYTHON, base_url, place.token)
    assert status_of(place, number) == "closed"


if shutil.which("java"):

    def test_openapi_generator_client_creates_answers_and_closes_a_ticket(
        place: Place, tmp_path: Path
    ) -> None:
        ran(tmp_path, sys.executable, "-m", "venv", "own")
        python = str(tmp_path / "own" / "bin" / "python")
        installed(tmp_path, python, "-m", "pip", "install", "-q", "openapi-generator-cli")
        program = str(tmp_path / "own" / "bin" / "openapi-generator-cli")
        document = str(place.folder / "document.json")
        written = ("-i", document, "-o", "written", "--package-name", "client")
        ran(tmp_path, program, "generate", "-g", "python", *written)
        assert len([*(tmp_path / "written" / "client").rglob("*.py")]) <= MOST_FILES
        installed(tmp_path, python, "-m", "pip", "install", "-q", "./written")
        base_url = f"http://127.0.0.1:{place.port}"
        number = ran(tmp_path, python, "-W", "ignore", "-c", PYDANTIC, base_url, place.token)
        assert status_of(place, number) == "closed"


if shutil.which("npm"):

    def test_generated_typescript_client_creates_answers_and_closes_a_ticket(
        place: Place, tmp_path: Path
    ) -> None:
        (tmp_path / "package.json").write_text('{"type": "module"}')
        packages = ("openapi-typescript@7", "typescript@5", "openapi-fetch", "@types/node")
        installed(tmp_path, "npm", "install", "--silent", "--no-fund", "--no-audit", *packages)
        tools = tmp_path / "node_modules" / ".bin"
        document = str(place.folder / "document.json")
        ran(tmp_path, str(tools / "openapi-typescript"), document, "-o", "api.d.ts")
        (tmp_path / "run.ts").write_text(TYPESCRIPT)
        flags = ("--strict", "--module", "nodenext", "--target", "es2022", "--skipLibCheck")
        more = ("--lib", "es2022,dom", "--types", "node", "--rewriteRelativeImportExtensions")
        ran(tmp_path, str(tools / "tsc"), *flags, *more, "run.ts")
        base_url = f"http://127.0.0.1:{place.port}"
        number = ran(tmp_path, "node", "run.js", base_url, place.token)
        assert status_of(place, number) == "closed"
