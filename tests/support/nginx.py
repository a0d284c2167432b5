"""nginx with the configuration of the example, in front of servers of the tests.

Rule: it listens on 127.0.0.1 and ends with the process that started it.
"""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.cluster import free_port
from tests.support.waiting import wait_until

EXAMPLE = Path(__file__).parents[2] / "examples" / "several-servers" / "nginx.conf"

MAIN = """\
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {example};
}}
"""
"""What nginx's image has around the example."""


class Nginx:
    def __init__(self, folder: Path, ports: Sequence[int]) -> None:
        """`ports` are those of the servers."""
        folder.mkdir(parents=True)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        example = EXAMPLE.read_text()
        assert example.count("listen 80;") == 1
        example = example.replace("listen 80;", f"listen 127.0.0.1:{self.port};")
        for name, port in zip(("one", "two"), ports, strict=True):
            example, count = re.subn(rf"server {name}:8642 ", f"server 127.0.0.1:{port} ", example)
            assert count == 1
        (folder / "example.conf").write_text(example)
        self._main = folder / "nginx.conf"
        self._main.write_text(MAIN.format(folder=folder, example=folder / "example.conf"))

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def check(self) -> subprocess.CompletedProcess[str]:
        """nginx's own check of its configuration."""
        return subprocess.run(
            self._command("-t"), capture_output=True, text=True, timeout=30, check=False
        )

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig=TERM", *self._command()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(self._answers, self._process)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)

    def _command(self, *words: str) -> list[str]:
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "nginx is not installed: apt-get install nginx-light"
        return [program, "-c", str(self._main), *words]
