"""`python -m tickiti_server.documentation.python_client` writes the generated modules of
tickiti_cli/python."""

import subprocess
import sys
from pathlib import Path

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_server.api.handler import collect
from tickiti_server.api.registry import MODULES
from tickiti_server.documentation.openapi.document import describe
from tickiti_server.documentation.python_client.modules import modules

ROOT = Path(__file__).parent.parent.parent.parent


def write(root: Path) -> list[Path]:
    """Write the modules below a folder that has the project's pyproject.toml, formatted."""
    written = []
    document = describe(collect(MODULES, CATALOGUE.values()), "http://127.0.0.1:8642")
    for name, source in modules(document).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, "utf-8")
        written.append(path)
    ruff = [sys.executable, "-P", "-m", "ruff"]
    subprocess.run(
        [*ruff, "check", "-q", "--fix-only", "--select", "F401,I001", *written], check=True
    )
    docstrings = ["--config", "format.docstring-code-format=true"]
    subprocess.run([*ruff, "format", "-q", *docstrings, *written], check=True)
    return written


if __name__ == "__main__":
    write(ROOT)
