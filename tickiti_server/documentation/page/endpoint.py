"""One endpoint on the page: its body, a command to paste, its reply and its errors.

Rule: every text goes through `text` or `prose`, which escape it, so that no text becomes markup.
"""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from html import escape as text
from typing import Any

from tickiti_server.documentation.openapi.models import example, resolved
from tickiti_server.documentation.page.members import Member, Reader
from tickiti_server.validation.json_schema import Schema

JSON = "application/json"
SAMPLE_FILE = "sole.png"
"""The file that commands upload: an image, as some endpoints take nothing else."""


def prose(said: str) -> str:
    """A sentence as HTML, with its `code` spans marked."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text(said))


def anchor(name: str) -> str:
    return f"endpoint-{name}"


def code(content: str, label: str) -> str:
    """A code block that scrolls on its own. `tabindex` makes it scrollable by keyboard."""
    opening = f'<pre tabindex="0" role="region" aria-label="{text(label)}">'
    return f"{opening}<code>{text(content)}</code></pre>"


def table(members: Iterable[Member], *, is_reply: bool = False) -> str:
    rows = "".join(_row(member, is_reply=is_reply) for member in members)
    head = '<thead><tr><th scope="col">Field</th><th scope="col">Type</th>'
    head += '<th scope="col">Meaning</th></tr></thead>'
    return f'<table class="members">{head}<tbody>{rows}</tbody></table>'


def _row(member: Member, *, is_reply: bool) -> str:
    needed = ' <em class="required">required</em>' if member.is_required and not is_reply else ""
    return (
        f'<tr><th scope="row"><code>{text(member.name)}</code>{needed}</th>'
        f"<td>{text(member.kind)}</td><td>{prose(member.description)}</td></tr>"
    )


_NO_BODY: Schema = {"content": {JSON: {"schema": {"type": "object"}, "example": {}}}}
"""The body of an operation that has no body, as a GET."""


class Endpoint:
    """One operation of the document, as a section of the page."""

    def __init__(self, path: str, item: Schema, document: Schema) -> None:
        self._path = path
        ((method, operation),) = item.items()
        self._method: str = method.upper()
        self._operation = operation
        self._base_url: str = document["servers"][0]["url"]
        self._components: Mapping[str, Mapping[str, Schema]] = document["components"]
        self._reader = Reader(self._components["schemas"])
        self.name: str = operation["operationId"]
        body = operation.get("requestBody", _NO_BODY)
        ((self._media_type, self._sent),) = body["content"].items()
        self.tag: str = operation["tags"][0]
        self.abilities = [name for scheme in operation["security"] for name in scheme["token"]]

    @property
    def link(self) -> str:
        path = text(self._path).replace("/", "/<wbr>")
        return f'<a href="#{anchor(self.name)}"><code>{path}</code></a>'

    @property
    def codes(self) -> dict[str, tuple[int, str]]:
        """Status and sentence of each failure, by its code."""
        found: dict[str, tuple[int, str]] = {}
        for status, part in self._operation["responses"].items():
            name = part.get("$ref", "").rpartition("/")[2]
            reply = self._components["responses"][name] if name else part
            for label, sample in reply["content"][JSON].get("examples", {}).items():
                found[label] = (int(status), sample["value"]["message"])
        return found

    def section(self, general: Iterable[str]) -> str:
        """The whole section. Leaves out the `general` failures, which the page lists once."""
        operation = self._operation
        more = f"<p>{prose(operation['description'])}</p>" if operation["description"] else ""
        return (
            f'<section class="endpoint" id="{anchor(self.name)}">'
            f'<h3><span class="method">{self._method}</span> {self.link}</h3>'
            f"<p>{prose(operation['summary'])}</p>{more}{self._facts()}"
            f"{self._parameters()}{self._body()}"
            f"<h4>Example</h4>{code(self.curl, f'Example request to {self._path}')}"
            f"{self._reply()}{self._errors(general)}</section>"
        )

    def _facts(self) -> str:
        facts = {"Name": f"<code>{text(self.name)}</code>", "Token": self._token()}
        if role := self._operation.get("x-role"):
            facts["Role"] = f"<code>{text(role)}</code>"
        if (header := self._key_header()) is not None:
            word = "required" if header["required"] else "optional"
            facts['<a href="#idempotency">Idempotency-Key</a>'] = word
        told = "".join(f"<div><dt>{name}</dt><dd>{said}</dd></div>" for name, said in facts.items())
        return f'<dl class="facts">{told}</dl>'

    def _token(self) -> str:
        if not self._operation["security"]:
            return "not needed"
        if not self.abilities:
            return "any live token"
        return "with " + " or ".join(f"<code>{text(ability)}</code>" for ability in self.abilities)

    def _key_header(self) -> Schema | None:
        references = (part.get("$ref", "") for part in self._operation["parameters"])
        named = [reference.rpartition("/")[2] for reference in references if reference]
        return self._components["parameters"][named[0]] if named else None

    def _parameters(self) -> str:
        rows = [
            Member(
                name=part["name"],
                kind=self._reader.kind(part["schema"]),
                is_required=True,
                description=part["description"],
            )
            for part in self._operation["parameters"]
            if part.get("in") == "path"
        ]
        return f"<h4>In the path</h4>{table(rows)}" if rows else ""

    def _body(self) -> str:
        if "requestBody" not in self._operation:
            return "<h4>Body</h4><p>None.</p>"
        schema = self._sent["schema"]
        shapes = schema.get("oneOf", [schema])
        if not any([*self._reader.members(shape)] for shape in shapes):
            or_empty = "" if self._method == "GET" else ", or <code>{}</code>"
            return f"<h4>Body</h4><p>None{or_empty}.</p>"
        first, *others = shapes
        told = [self._shape(first, is_one_of_many=bool(others))]
        told += [self._shape(shape, is_one_of_many=True) + self._sample(shape) for shape in others]
        how = " Exactly one of these shapes:" if others else ""
        if not self._operation["requestBody"]["required"]:
            how = " Optional."
        kind = "A JSON object" if self._media_type == JSON else f"A form: {self._media_type}"
        return f"<h4>Body</h4><p>{kind}.{how}</p>{''.join(told)}"

    def _shape(self, schema: Schema, *, is_one_of_many: bool) -> str:
        title = resolved(schema, self._components["schemas"]).get("description", "")
        heading = f"<h5>{prose(title)}</h5>" if is_one_of_many else ""
        return heading + table(self._reader.members(schema))

    def _sample(self, schema: Schema) -> str:
        """An example body of a second or later shape, if its members have examples. The command
        shows the first shape."""
        schemas = self._components["schemas"]
        body = example(schema, schemas)
        if not body.keys() >= {*resolved(schema, schemas)["required"]}:
            return ""
        return code(json.dumps(body, indent=2, ensure_ascii=False), "Example body of this shape")

    @property
    def curl(self) -> str:
        """A command that works when pasted, with a token in place of YOUR_TOKEN."""
        path = self._path
        for part in self._operation["parameters"]:
            if part.get("in") == "path":
                path = path.replace(f"{{{part['name']}}}", str(part["example"]))
        words = [f"curl -X {self._method} {self._base_url}{path}"]
        if self._operation["security"]:
            words.append('-H "Authorization: Bearer YOUR_TOKEN"')
        if self._key_header() is not None:
            words.append(f'-H "Idempotency-Key: my-first-{self.name}"')
        return " \\\n  ".join([*words, *self._data()])

    def _data(self) -> list[str]:
        """The options of the command that hold the body."""
        body = self._sent["example"]
        if self._method == "GET":
            return []
        if self._media_type == JSON:
            written = json.dumps(body, indent=2, ensure_ascii=False)
            return ['-H "Content-Type: application/json"', f"-d {shlex.quote(written)}"]
        members = resolved(self._sent["schema"], self._components["schemas"])["properties"]
        files = {name for name, member in members.items() if member.get("format") == "binary"}
        values = {name: f"@{SAMPLE_FILE}" if name in files else body[name] for name in body}
        return [f"-F {shlex.quote(f'{name}={value}')}" for name, value in values.items()]

    @property
    def reply(self) -> str:
        content = self._operation["responses"]["200"]["content"][JSON]
        return json.dumps(content["example"], indent=2, ensure_ascii=False)

    def _reply(self) -> str:
        content = self._operation["responses"]["200"]["content"][JSON]
        members = [
            member for member in self._reader.members(content["schema"]) if member.name != "ok"
        ]
        listed = f"<details><summary>Fields of the reply</summary>{table(members, is_reply=True)}"
        listed = f"{listed}</details>" if members else ""
        return f"<h4>Reply</h4>{code(self.reply, f'Example reply of {self._path}')}{listed}"

    def _errors(self, general: Iterable[str]) -> str:
        own = {name: said for name, said in self.codes.items() if name not in general}
        rows = "".join(
            f"<li>{status} <code>{text(name)}</code> {text(sentence)}</li>"
            for name, (status, sentence) in own.items()
        )
        rest = '<p>See also the <a href="#errors">errors of all requests</a>.</p>'
        return f'<h4>Errors</h4><ul class="errors">{rows}</ul>{rest}'


def every_endpoint(document: Schema) -> list[Endpoint]:
    items: Mapping[str, Any] = document["paths"]
    return [Endpoint(path, item, document) for path, item in items.items()]
