"""django-helpdesk, the peer of P6: installed once into its own environment, started afresh."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.peers import environment
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
    programs = environment("helpdesk", *PACKAGES)
    variables = os.environ | {
        "DB": str(scratch / "helpdesk.db"),
        "DJANGO_SETTINGS_MODULE": "helpdesk_site",
        "PYTHONPATH": str(HERE),
    }
    django = [str(programs / "python"), "-m", "django"]
    subprocess.run([*django, "migrate", "-v0"], env=variables, check=True)
    told = subprocess.run(
        [*django, "shell", "-v0", "-c", TOKEN],
        env=variables, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    port = free_port()
    argv = [str(programs / "gunicorn"), "--workers", str(WORKERS), "--no-control-socket"]
    argv += ["--bind", f"127.0.0.1:{port}", "django.core.wsgi:get_wsgi_application()"]
    with running(argv, scratch / "helpdesk.log", variables) as process:
        wait_until(process, lambda: answers(port))
        yield Server(f"http://127.0.0.1:{port}", told.split()[-1])
