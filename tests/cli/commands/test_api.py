"""`tickiti api` calls any endpoint by name or path and prints the whole reply."""

import json

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, raw_reply, reply
from tickiti_cli.contract.catalogue import CATALOGUE, FAMILIES

LIST_THEM = "See: tickiti api --list"


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("create_ticket", "/api/create_ticket"),
        ("tickets.show", "/api/v1/tickets/show"),
        ("tokens.self", "/_tickiti/tokens/self"),
        ("tickets/create", "/api/tickets/create"),
        ("tickets/show", "/api/v1/tickets/show"),
        ("/api/v1/tickets/show", "/api/v1/tickets/show"),
        ("/api/tickets/5/respond", "/api/tickets/5/respond"),
        ("tickets/5/respond", "/api/tickets/5/respond"),
        ("/api/novel/thing", "/api/novel/thing"),
        ("/api/{braces}", "/api/%7Bbraces%7D"),
    ],
)
def test_an_endpoint_is_found_by_name_then_path(
    remote: Cli, foreign: Foreign, wanted: str, path: str
) -> None:
    assert remote("api", wanted).code == 0
    assert foreign.asked[0].line == f"POST {path} HTTP/1.1"


def test_path_parameters_of_an_endpoint_are_taken_from_the_fields(
    remote: Cli, foreign: Foreign
) -> None:
    assert remote("api", "flat_respond", "-f", "number=5", "-f", "content=x").code == 0
    assert foreign.asked[0].line == "POST /api/tickets/5/respond HTTP/1.1"
    assert json.loads(foreign.asked[0].body) == {"content": "x"}


def test_a_missing_part_of_the_path_is_named(remote: Cli, foreign: Foreign) -> None:
    assert remote("api", "flat_respond") == Ran(
        2,
        "",
        "tickiti: flat_respond needs number for its path, /api/tickets/{number}/respond: "
        "-f number=VALUE.\n",
    )
    assert foreign.asked == []


def test_fields_are_text_or_json(remote: Cli, foreign: Foreign) -> None:
    (remote.folder / "list.json").write_text('["a", 1]')
    ran = remote(
        "api", "create_ticket", "-f", "a=1", "-f", "b=x=y", "-F", "c=1", "-F", "d={\"e\": null}",
        "-F", "f=@list.json",
    )  # fmt: skip
    assert ran.code == 0
    assert json.loads(foreign.asked[0].body) == {
        "a": "1", "b": "x=y", "c": 1, "d": {"e": None}, "f": ["a", 1]
    }  # fmt: skip


def test_fields_are_added_to_a_body_from_standard_input(remote: Cli, foreign: Foreign) -> None:
    ran = remote("api", "create_ticket", "--input", "-", "-f", "b=2", stdin='{"a": "ü", "b": 1}')
    assert ran.code == 0
    assert json.loads(foreign.asked[0].body) == {"a": "ü", "b": "2"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), f"Missing ENDPOINT.\n{LIST_THEM}"),
        (
            ("create_tiket",),
            f"There is no endpoint 'create_tiket'. Did you mean create_ticket?\n{LIST_THEM}",
        ),
        (("create_ticket", "-f", "x"), "-f: 'x' is not NAME=VALUE."),
        (("create_ticket", "-F", "=1"), "-F: '=1' is not NAME=VALUE."),
        (
            ("create_ticket", "-F", "a=x"),
            "-F a: not JSON: Expecting value: line 1 column 1 (char 0).",
        ),
        (("create_ticket", "-F", "a=NaN"), "-F a: not JSON: NaN is not a JSON number."),
        (("create_ticket", "-F", "a=1e400"), "-F a: not JSON: the number 1e400 is out of range."),
        (
            ("create_ticket", "-F", 'a={"b":1,"b":2}'),
            "-F a: not JSON: the field 'b' occurs twice in one object.",
        ),
        (("create_ticket", "-F", "a="), "-F a: not JSON: the text is empty."),
        (
            ("create_ticket", "-F", "a=" + "[" * 20_000),
            "-F a: not JSON: the text is nested too deeply.",
        ),
        (
            ("create_ticket", "-F", 'a="\\ud800"'),
            "-F a: not JSON: the text has half of a surrogate pair.",
        ),
        (
            ("create_ticket", "-f", "a=1", "-F", "a=2"),
            "Two of -f and -F give 'a': give one of them.",
        ),
        (("create_ticket", "-F", "a=@none"), "-F a: No such file or directory."),
        (("create_ticket", "--input", "-"), "--input -: must be a JSON object."),
        (
            ("--list", "tikets"),
            (
                f"--list: there is no family 'tikets' (known: {', '.join(FAMILIES)}). "
                "Did you mean tickets?"
            ),
        ),
    ],
)
def test_bad_input_is_named_before_anything_is_sent(
    remote: Cli, foreign: Foreign, arguments: tuple[str, ...], sentence: str
) -> None:
    assert remote("api", *arguments, stdin="[]") == Ran(2, "", f"tickiti: {sentence}\n")
    assert foreign.asked == []


def test_the_reply_is_the_servers_own_bytes(remote: Cli, foreign: Foreign) -> None:
    body = b'{"ok":true,  "data":{"n":1.0,"u":"\\u00fc"}, "novel":[ ]}'
    foreign.answers(raw_reply(body))
    for flags in ((), ("--json",), ("-o", "ndjson")):
        assert remote("api", "tickets.show", *flags) == Ran(0, f"{body.decode()}\n", "")


def test_a_reply_of_several_lines_is_one_line_of_ndjson(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(raw_reply(b'{"ok": true,\n "data": {}}'))
    assert remote("api", "tickets.show", "-o", "ndjson").stdout == '{"ok": true, "data": {}}\n'


def test_include_shows_status_and_headers_first(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True, "data": {}}, x_request_id="r7"))
    head, _, body = remote("api", "tickets.show", "-i").stdout.partition("\n\n")
    assert head.splitlines()[0] == "HTTP/1.1 200"
    assert "x-request-id: r7" in head.splitlines()
    assert body == '{"ok": true, "data": {}}\n'


def test_a_bare_reply_needs_no_envelope(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(raw_reply(b'[{"id": "1"}]'))
    assert remote("api", "/api/v1/settings/queues") == Ran(0, '[{"id": "1"}]\n', "")


@pytest.mark.parametrize("endpoint", ["tokens.mint", "/_tickiti/tokens/mint", "callbacks.trigger"])
def test_key_that_the_server_would_ignore_is_refused(
    remote: Cli, foreign: Foreign, endpoint: str
) -> None:
    ran = remote("api", endpoint, "-f", "name=x", "--idempotency-key", "k")
    assert (ran.code, ran.stdout, foreign.asked) == (2, "", [])
    assert ran.stderr.endswith(
        " takes no idempotency key: each request is carried out.\nLeave --idempotency-key out.\n"
    )


def test_a_required_key_is_generated_and_a_given_key_is_sent(remote: Cli, foreign: Foreign) -> None:
    assert remote("api", "create_ticket").code == 0
    assert remote("api", "create_ticket", "--idempotency-key", "k").code == 0
    assert remote("api", "flat_create").code == 0
    assert remote("api", "flat_create", "--idempotency-key", "k").code == 0
    made, *others = foreign.keys
    assert made
    assert others == ["k", None, "k"]


def test_public_endpoint_gets_no_token(run: Cli, foreign: Foreign) -> None:
    ran = run("api", "idempotency_key", "--base-url", foreign.base_url, TICKITI_API_TOKEN="1|x")
    assert ran.code == 0
    assert "authorization" not in foreign.asked[0].headers


def test_a_list_names_every_endpoint_once(run: Cli) -> None:
    ran = run("api", "--list", "--json")
    rows = json.loads(ran.stdout)
    assert [row["name"] for row in rows] == list(CATALOGUE)
    tickets = json.loads(run("api", "--list", "tickets", "--json").stdout)
    assert [row["name"] for row in tickets] == [row.name for row in FAMILIES["tickets"].ROWS]
    assert rows[0] == {
        "name": "create_ticket",
        "path": "/api/create_ticket",
        "abilities": ["create-ticket"],
        "key": "required",
    }


def test_the_documentations_own_example_works(local: Cli) -> None:
    ran = local(
        "api", "create_ticket", "--input", "-",
        stdin="""{
  "originator_email_address": "marcus@trailblazers-club.example",
  "data": {"queue_name": "Sales", "subject": "Carbon plate cracked on first marathon",
           "content": "The Vapor Pro 3 plate snapped at mile 14 of Berlin Marathon."}}""",
    )  # fmt: skip
    assert ran.code == 0
    assert json.loads(ran.stdout)["ok"] is True


def test_multipart_row_sends_files_and_text(remote: Cli, foreign: Foreign) -> None:
    (remote.folder / 'a "b".png').write_bytes(b"\x89PNG\r\n--x")
    words = ("api", "settings.stock_responses.image_upload", "-f", "template_id=7")
    assert remote(*words, "-F", 'file=@a "b".png').code == 0
    (asked,) = foreign.asked
    kind, _, boundary = asked.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    disposition = "Content-Disposition: form-data; name="
    assert asked.body == (
        f'--{boundary}\r\n{disposition}"template_id"\r\n\r\n7\r\n'
        f'--{boundary}\r\n{disposition}"file"; filename="a %22b%22.png"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode() + b"\x89PNG\r\n--x" + f"\r\n--{boundary}--\r\n".encode()  # fmt: skip
    shown = json.loads(remote(*words, "-F", 'file=@a "b".png', "--dry-run").stdout)
    assert shown["body"] == {"template_id": "7", "file": {"name": 'a "b".png', "file_size": 9}}
    curl = remote(*words, "-F", 'file=@a "b".png', "--print-curl").stdout
    assert "--form-string template_id=7 -F 'file=@a \"b\".png'" in curl


def test_multipart_row_of_the_bundled_server_stores_a_file(local: Cli) -> None:
    (local.folder / "note.txt").write_text("At mile 14")
    ran = local("api", "tickets.attachment_upload", "-F", "file=@note.txt")
    stored = json.loads(ran.stdout)["data"]
    assert (stored["name"], stored["file_size"]) == ("note.txt", 10)


def test_get_endpoint_is_called_by_get(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True, "data": {"faqs": []}}))
    assert remote("api", "faqs").code == 0
    assert foreign.asked[0].line == "GET /api/v1/faqs HTTP/1.1"
