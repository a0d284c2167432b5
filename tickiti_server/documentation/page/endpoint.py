"""One endpoint on the page: what it takes, an example that can be pasted, what it gives.

The rule of this file: every text goes through `text` or `prose`, so that nothing is markup by
accident.
"""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from html import escape as text
from typing import Any

from tickiti_server.docs.members import Member, Reader
from tickiti_server.openapi.models import example, resolved
from tickiti_server.schemas import Schema

JSON = "application/json"


def prose(said: str) -> str:
    """A sentence with `code` in it."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text(said))


def anchor(name: str) -> str:
    return f"endpoint-{name}"


def code(content: str, label: str) -> str:
    """A block that scrolls by itself, with the keyboard as well."""
    opening = f'<pre tabindex="0" role="region" aria-label="{text(label)}">'
    return f"{opening}<code>{text(content)}</code></pre>"


def table(members: Iterable[Member], *, is_reply: bool = False) -> str:
    rows = "".join(_row(member, is_reply=is_reply) for member in members)
    head = '<thead><tr><th scope="col">Member</th><th scope="col">Kind</th>'
    head += '<th scope="col">Meaning</th></tr></thead>'
    return f'<table class="members">{head}<tbody>{rows}</tbody></table>'


def _row(member: Member, *, is_reply: bool) -> str:
    needed = ' <em class="required">required</em>' if member.is_required and not is_reply else ""
    return (
        f'<tr><th scope="row"><code>{text(member.name)}</code>{needed}</th>'
        f"<td>{text(member.kind)}</td><td>{prose(member.description)}</td></tr>"
    )


class Endpoint:
    """One operation of the document, as a section of the page."""

    def __init__(self, path: str, operation: Schema, document: Schema) -> None:
        self._path = path
        self._operation = operation
        self._base_url: str = document["servers"][0]["url"]
        self._components: Mapping[str, Mapping[str, Schema]] = document["components"]
        self._reader = Reader(self._components["schemas"])
        self.name: str = operation["operationId"]
        self.tag: str = operation["tags"][0]
        self.abilities = [name for scheme in operation["security"] for name in scheme["token"]]

    @property
    def link(self) -> str:
        path = text(self._path).replace("/", "/<wbr>")
        return f'<a href="#{anchor(self.name)}"><code>{path}</code></a>'

    @property
    def codes(self) -> dict[str, tuple[int, str]]:
        """Each failure's status and sentence."""
        found: dict[str, tuple[int, str]] = {}
        for status, part in self._operation["responses"].items():
            name = part.get("$ref", "").rpartition("/")[2]
            reply = self._components["responses"][name] if name else part
            for label, sample in reply["content"][JSON].get("examples", {}).items():
                found[label] = (int(status), sample["value"]["error"])
        return found

    def section(self, general: Iterable[str]) -> str:
        """The whole section; the `general` failures are told elsewhere."""
        operation = self._operation
        more = f"<p>{prose(operation['description'])}</p>" if operation["description"] else ""
        return (
            f'<section class="endpoint" id="{anchor(self.name)}">'
            f'<h3><span class="method">POST</span> {self.link}</h3>'
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
            return "none is needed"
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
        schema = self._operation["requestBody"]["content"][JSON]["schema"]
        shapes = schema.get("oneOf", [schema])
        if not any([*self._reader.members(shape)] for shape in shapes):
            return "<h4>Body</h4><p>None, or <code>{}</code>.</p>"
        first, *others = shapes
        told = [self._shape(first, is_one_of_many=bool(others))]
        told += [self._shape(shape, is_one_of_many=True) + self._sample(shape) for shape in others]
        how = " Exactly one of these shapes:" if others else ""
        if not self._operation["requestBody"]["required"]:
            how = " It may be left out."
        return f"<h4>Body</h4><p>A JSON object.{how}</p>{''.join(told)}"

    def _shape(self, schema: Schema, *, is_one_of_many: bool) -> str:
        title = resolved(schema, self._components["schemas"]).get("description", "")
        heading = f"<h5>{prose(title)}</h5>" if is_one_of_many else ""
        return heading + table(self._reader.members(schema))

    def _sample(self, schema: Schema) -> str:
        """A body of a further shape, where its members have examples; the first one's is in the
        command."""
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
        words = [f"curl -X POST {self._base_url}{path}"]
        if self._operation["security"]:
            words.append('-H "Authorization: Bearer YOUR_TOKEN"')
        if self._key_header() is not None:
            words.append(f'-H "Idempotency-Key: my-first-{self.name}"')
        body = self._operation["requestBody"]["content"][JSON]["example"]
        written = json.dumps(body, indent=2, ensure_ascii=False)
        words += ['-H "Content-Type: application/json"', f"-d {shlex.quote(written)}"]
        return " \\\n  ".join(words)

    @property
    def reply(self) -> str:
        content = self._operation["responses"]["200"]["content"][JSON]
        return json.dumps(content["example"], indent=2, ensure_ascii=False)

    def _reply(self) -> str:
        content = self._operation["responses"]["200"]["content"][JSON]
        members = [
            member for member in self._reader.members(content["schema"]) if member.name != "ok"
        ]
        listed = f"<details><summary>Members of the reply</summary>{table(members, is_reply=True)}"
        listed = f"{listed}</details>" if members else ""
        return f"<h4>Reply</h4>{code(self.reply, f'Example reply of {self._path}')}{listed}"

    def _errors(self, general: Iterable[str]) -> str:
        own = {name: said for name, said in self.codes.items() if name not in general}
        rows = "".join(
            f"<li>{status} <code>{text(name)}</code> {text(sentence)}</li>"
            for name, (status, sentence) in own.items()
        )
        rest = '<p>And <a href="#errors">those of every request</a>.</p>'
        return f'<h4>Errors</h4><ul class="errors">{rows}</ul>{rest}'


def every_endpoint(document: Schema) -> list[Endpoint]:
    items: Mapping[str, Any] = document["paths"]
    return [Endpoint(path, item["post"], document) for path, item in items.items()]
