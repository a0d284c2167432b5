"""The types of bodies and replies, as TypedDicts, from the OpenAPI document."""

import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

# A tool of developers: nothing that an installed tickiti imports needs it.
from datamodel_code_generator import InputFileType, PythonVersion, generate
from datamodel_code_generator.enums import DataModelType
from datamodel_code_generator.parser import LiteralType

from tickiti_server.validation.json_schema import Schema

HEAD = (
    '"""The fields of every request and reply. Generated:'
    ' `python -m tickiti_server.documentation.python_client`."""\n'
)
FILE = "tickiti_cli.python.group.FileOrPath"
_THEIRS = "from typing_extensions import TypedDict\n"
_OURS = "from typing import TypedDict\n"


def types_module(document: Schema) -> str:
    """Return the source of the module. It is not formatted."""
    named = {"openapi": document["openapi"], "info": document["info"], "paths": {}}
    named["components"] = {"schemas": _with_files(document["components"]["schemas"])}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of its default formatters
        path = Path(folder) / "types.py"
        generate(
            json.dumps(named),
            input_file_type=InputFileType.OpenAPI,
            output=path,
            output_model_type=DataModelType.TypingTypedDict,
            target_python_version=PythonVersion.PY_311,
            use_standard_collections=True,
            use_union_operator=True,
            use_schema_description=True,
            use_field_description=True,
            enum_field_as_literal=LiteralType.All,
            custom_file_header=HEAD,
            formatters=[],
        )
        return path.read_text("utf-8").replace(_THEIRS, _OURS)


def _with_files(part: Any) -> Any:
    """Give each field that takes the bytes of a file the type of the client's files."""
    if isinstance(part, list):
        return [_with_files(item) for item in part]
    if not isinstance(part, dict):
        return part
    if part.get("format") == "binary":
        return {**part, "customTypePath": FILE}
    return {name: _with_files(value) for name, value in part.items()}
