"""django-helpdesk, the peer of P6: installed once into its own environment, started afresh."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.servers import HERE, Server, answers, free_port, running, wait_until

PACKAGES = ("django-helpdesk==2.6.*", "gunicorn")
WORKERS = 2

TOKEN = """
from django.contrib.auth import get_user_model
from helpdesk.models import Queue
from rest_framework.authtoken.models import Token
Queue.objects.create(title="Support", slug="support")
staff = get_user_model().objects.create_superuser("staff", "staff@localhost.example", "x")
print(Token.objects.create(user=staff).key)
"""


@contextmanager
def helpdesk(scratch: Path) -> Iterator[Server]:
    """Two gunicorn workers on SQLite with a write-ahead log, see helpdesk_site.py."""
    python = installed(scratch.parent / "helpdesk-environment")
    environment = os.environ | {
        "DB": str(scratch / "helpdesk.db"),
        "DJANGO_SETTINGS_MODULE": "helpdesk_site",
        "PYTHONPATH": str(HERE),
    }
    django = [str(python), "-m", "django"]
    subprocess.run([*django, "migrate", "-v0"], env=environment, check=True)
    told = subprocess.run(
        [*django, "shell", "-v0", "-c", TOKEN],
        env=environment, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    port = free_port()
    argv = [str(python.with_name("gunicorn")), "--workers", str(WORKERS), "--no-control-socket"]
    argv += ["--bind", f"127.0.0.1:{port}", "django.core.wsgi:get_wsgi_application()"]
    with running(argv, scratch / "helpdesk.log", environment) as process:
        wait_until(process, lambda: answers(port))
        yield Server(f"http://127.0.0.1:{port}", told.split()[-1])


def installed(folder: Path) -> Path:
    """Its interpreter; the environment is made on first use and kept."""
    python = folder / "bin" / "python"
    if not (folder / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *PACKAGES], check=True)
        (folder / "done").touch()
    return python
