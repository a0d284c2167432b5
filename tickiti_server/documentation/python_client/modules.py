"""The modules of the client's methods: one for each family, and the root that names the families.

A family of the bundled server alone stands in the folder `bundled`.
"""

from collections.abc import Iterable, Mapping

from tickiti_cli.contract.catalogue import FAMILIES
from tickiti_server.documentation.openapi.models import used
from tickiti_server.documentation.python_client.methods import Method, methods_of
from tickiti_server.documentation.python_client.types_module import types_module
from tickiti_server.validation.json_schema import Schema

PACKAGE = "tickiti_cli/python"
ENDPOINTS = f"{PACKAGE}/endpoints"
BUNDLED = f"{ENDPOINTS}/bundled"
_COMMAND = "Generated: `python -m tickiti_server.documentation.python_client`."
_NAMES = """
from __future__ import annotations

import builtins
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack, overload

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types
"""

Place = tuple[str, ...]


def modules(document: Schema) -> dict[str, str]:
    """Return each generated module by its path in the repository. They are not formatted."""
    methods = [*methods_of(document)]
    groups = _groups(methods)
    families = {place: _family(place, methods) for place in groups if place}
    files = {f"{ENDPOINTS}/__init__.py": "", f"{BUNDLED}/__init__.py": ""}
    words = {tag["name"]: tag["description"] for tag in document["tags"]}
    for family in dict.fromkeys(families.values()):
        own = [place for place in families if families[place] == family]
        # A nested group stands before the group that names it.
        source = [_group(place, groups) for place in sorted(own, key=len, reverse=True)]
        files[_path(family)] = _module(words[family], source)
    files[f"{ENDPOINTS}/root.py"] = _root(groups, families)
    files[f"{ENDPOINTS}/arguments.py"] = _arguments(methods)
    named = used([schema for method in methods for schema in method.types], _schemas(document))
    files[f"{PACKAGE}/types.py"] = types_module({**document, "components": {"schemas": named}})
    return files


def _schemas(document: Schema) -> Mapping[str, Schema]:
    found: Mapping[str, Schema] = document["components"]["schemas"]
    return found


def _groups(methods: Iterable[Method]) -> dict[Place, list[Method]]:
    """The methods by their group. A group that holds only groups has no methods."""
    found: dict[Place, list[Method]] = {(): []}
    for method in methods:
        for length in range(1, len(method.place)):
            found.setdefault(method.place[:length], [])
        found.setdefault(method.place, []).append(method)
    return found


def _family(place: Place, methods: Iterable[Method]) -> str:
    """The family whose module holds the group: that of the first method of its name."""
    row = next(method.row for method in methods if method.place[:1] == place[:1])
    return next(name for name, family in FAMILIES.items() if row in family.ROWS)


def _path(family: str) -> str:
    is_bundled = all(row.path.startswith("/_tickiti/") for row in FAMILIES[family].ROWS)
    return f"{BUNDLED if is_bundled else ENDPOINTS}/{family}.py"


def _class(place: Place) -> str:
    return "".join(word.title().replace("_", "") for word in place) or "Root"


def _group(place: Place, groups: Mapping[Place, list[Method]]) -> str:
    nested = [other for other in groups if other[:-1] == place and other]
    lines = [f"class {_class(place)}(Group):", f'    """`client{_dotted(place)}`."""', ""]
    for other in nested:
        lines += ["    @cached_property", f"    def {other[-1]}(self) -> {_class(other)}:"]
        lines += [f"        return {_class(other)}(self._calls)", ""]
    hides_list = any(method.name == "list" for method in groups[place])
    for method in groups[place]:
        source = method.render()
        if hides_list:
            source = source.replace(" list[", " builtins.list[")
        lines += [f"    {line}" if line else "" for line in source.split("\n")]
    return "\n".join(lines)


def _dotted(place: Place) -> str:
    return "".join(f".{name}" for name in place)


def _module(words: str, sources: Iterable[str], imports: str = "") -> str:
    body = "\n\n\n".join(sources)
    return f'"""{words}\n\n{_COMMAND}\n"""\n{_NAMES}{imports}\n\n{body}\n'


def _root(groups: Mapping[Place, list[Method]], families: Mapping[Place, str]) -> str:
    imports = [
        f"from {_path(families[place])[:-3].replace('/', '.')} import {_class(place)}"
        for place in groups
        if len(place) == 1
    ]
    words = "The client's own methods, and the families of its other methods."
    return _module(words, [_group((), groups)], "\n".join(imports))


def _arguments(methods: Iterable[Method]) -> str:
    lines = [
        f'    "{method.row.name}": "{" ".join(method.arguments)}",'
        for method in methods
        if method.arguments
    ]
    words = "The keyword arguments of each method, by the name of its endpoint."
    return "\n".join([
        f'"""{words}\n\n{_COMMAND}\n"""\n',
        "ARGUMENTS = {",
        *lines,
        "}\n",
    ])  # fmt: skip
