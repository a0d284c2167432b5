"""The methods of the client: one for each operation of the OpenAPI document.

Rule: name, fields, words and example of a method are those of the document.
"""

from collections.abc import Iterator
from textwrap import fill, indent
from typing import NamedTuple

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Body, Endpoint, Envelope, Key
from tickiti_server.documentation.openapi.models import REFERENCE, resolved
from tickiti_server.validation.json_schema import Schema

RENAMED = {"idempotency_key.create": "idempotency_keys.create"}
"""Methods with another name than their endpoint: `idempotency_key` is the classic endpoint's."""

WIDTH = 88
"""Columns of the words in a docstring, which is indented by eight."""

_EMPTY = f"{REFERENCE}NoMembers"


class Method(NamedTuple):
    """One endpoint as a method: `place` is the group, `name` the method's own name."""

    row: Endpoint
    place: tuple[str, ...]
    name: str
    operation: Schema
    components: Schema

    @property
    def types(self) -> list[Schema]:
        """The schemas that the signature names."""
        return [*self._bodies, self._reply]

    def render(self) -> str:
        """Return the source of the method, and of the one that yields all rows of a paged list."""
        bodies = self._bodies
        parts = [self._signature(body) for body in bodies] if len(bodies) > 1 else []
        parts = [f"@overload\n{head}: ..." for head in parts]
        any_body = self._signature(bodies[0] if len(bodies) == 1 else None)
        parts.append(f"{any_body}:\n{_indented(self._docstring())}\n{_indented(self._return())}\n")
        if self._rows is not None:
            parts.append(self._every_row())
        return "\n".join(parts)

    @property
    def _content(self) -> Schema:
        """The body of the request as the document describes it; empty where there is none."""
        found: Schema = self.operation.get("requestBody", {}).get("content", {})
        return next(iter(found.values()), {})

    @property
    def _body(self) -> Schema | None:
        schema: Schema | None = self._content.get("schema")
        return None if schema is None or schema.get("$ref") == _EMPTY else schema

    @property
    def _bodies(self) -> list[Schema]:
        """The shapes of the body; more than one where the endpoint has a choice."""
        body = self._body
        return [] if body is None else body.get("oneOf", [body])

    @property
    def arguments(self) -> list[str]:
        """The keyword arguments that the method takes, of every shape of its body; none where
        Python itself refuses an unknown one."""
        if self._body is None:
            return []
        shapes = [resolved(body, self.components) for body in self._bodies]
        names = {name: None for shape in shapes for name in shape["properties"]}
        key = [] if self.row.key is Key.NONE else ["idempotency_key"]
        return [*names, *self.row.params, *key]

    @property
    def _reply(self) -> Schema:
        """The schema of what the method returns: without the envelope."""
        schema: Schema = self.operation["responses"]["200"]["content"]["application/json"]["schema"]
        if self.row.envelope is Envelope.PAGE:
            return dict(schema["allOf"][1])
        if self.row.envelope is Envelope.DATA:
            return dict(resolved(schema, self.components)["properties"]["data"])
        return schema

    @property
    def _rows(self) -> tuple[str, str] | None:
        """The field with the rows of a paged list, and the type of a row."""
        body = resolved(self._body or {}, self.components)
        if "cursor" not in body.get("properties", {}):
            return None
        reply = self._reply.get("anyOf", [self._reply])[0]
        members = resolved(reply, self.components)["properties"]
        return next(
            (name, _type_of(member["items"]))
            for name, member in members.items()
            if member.get("type") == "array"
        )

    def _signature(self, body: Schema | None) -> str:
        given = ["self"]
        named = [f"{name}: int" for name in self.row.params]
        if self.row.key is not Key.NONE:
            named.append("idempotency_key: str | None = None")
        given += ["*", *named] if named else []
        if body is not None:
            given.append(f"**body: Unpack[{_type_of(body)}]")
        elif self._body is not None:
            given.append("**body: Any")
        return f"def {self.name}({', '.join(given)}) -> {_type_of(self._reply)}"

    def _return(self) -> str:
        said = [f'"{self.row.name}"', "body" if self._body is not None else "{}"]
        if self.row.key is not Key.NONE:
            said.append("key=idempotency_key")
        if self.row.params:
            place = ", ".join(f'"{name}": {name}' for name in self.row.params)
            said.append(f"place={{{place}}}")
        return f"return self._call({', '.join(said)})"

    def _docstring(self) -> str:
        parts = [self.operation["summary"]]
        if more := self.operation["description"]:
            parts.append(fill(more, WIDTH, break_long_words=False, break_on_hyphens=False))
        parts.append(f"Example::\n\n{_indented(self._example(self.name))}")
        return _quoted("\n\n".join(parts))

    def _every_row(self) -> str:
        assert self._rows is not None
        member, row = self._rows
        body = resolved(self._body or {}, self.components)["properties"]
        size = "row_limit" if "row_limit" in body else "limit"
        name = f"{self.name}_all"
        said = f"Yield every row of `{self.name}`, page by page."
        example = f"for row in {self._example(name, drops=(size,))}:\n    print(row)"
        words = _quoted(f"{said}\n\nExample::\n\n{_indented(example)}")
        assert self._body is not None
        return (
            f"def {name}(self, **body: Unpack[{_type_of(self._body)}]) -> Iterator[{row}]:\n"
            f"{_indented(words)}\n"
            f'    return self._rows("{self.row.name}", body, '
            f'member="{member}", size="{size}")\n'
        )

    def _example(self, name: str, drops: tuple[str, ...] = ()) -> str:
        found = self._content.get("example") or {}
        given: Schema = dict.fromkeys(self.row.params, 1)
        given |= {member: value for member, value in found.items() if member not in drops}
        is_form = self.row.body is Body.MULTIPART
        told = [
            f"{member}=Path('file.png')" if is_form and member == "file" else f"{member}={value!r}"
            for member, value in given.items()
        ]
        return f"{'.'.join(('client', *self.place, name))}({', '.join(told)})"


def methods_of(document: Schema) -> Iterator[Method]:
    """Yield the methods in the order of the document."""
    for operations in document["paths"].values():
        for operation in operations.values():
            row = CATALOGUE[operation["operationId"]]
            *place, name = RENAMED.get(row.name, row.name).split(".")
            yield Method(row, tuple(place), name, operation, document["components"]["schemas"])


def _type_of(schema: Schema) -> str:
    if "$ref" in schema:
        return f"types.{schema['$ref'].removeprefix(REFERENCE)}"
    if schema.get("type") == "array":
        return f"list[{_type_of(schema['items'])}]"
    if "anyOf" in schema:
        return " | ".join(_type_of(option) for option in schema["anyOf"])
    return "dict[str, Any]"


def _quoted(text: str) -> str:
    end = "\n" if "\n" in text else ""
    return f'"""{text}{end}"""'.replace("\\", "\\\\")


def _indented(text: str) -> str:
    return indent(text, "    ")
