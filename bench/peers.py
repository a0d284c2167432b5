"""The programs we are compared with, each installed into an environment of its own."""

import subprocess
import sys
from pathlib import Path

PEERS = Path(__file__).parent.parent / "build" / "peers"


def environment(name: str, *requirements: str) -> Path:
    """The folder of its programs; made on first use."""
    folder = PEERS / name
    if not (folder / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *requirements], check=True)
        (folder / "done").touch()
    return folder / "bin"
