"""A PgBouncer in transaction mode, in front of a cluster of the tests.

Rule: it listens on 127.0.0.1 and ends with the process that started it.
"""

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg

from tests.support.cluster import USER, Cluster, as_user, free_port
from tests.support.waiting import wait_until

CONNECTIONS = 4
"""To the database: fewer than a server has to the PgBouncer."""


class PgBouncer:
    def __init__(self, folder: Path, cluster: Cluster) -> None:
        """In a folder that the cluster's user may enter."""
        self._cluster = cluster
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        users = folder / "users"
        users.write_text(f'"{USER}" "{cluster.password}"\n')
        self._settings = folder / "pgbouncer.ini"
        self._settings.write_text(
            f"[databases]\n* = host=127.0.0.1 port={cluster.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = scram-sha-256\nauth_file = {users}\nadmin_users = {USER}\n"
            f"pool_mode = transaction\ndefault_pool_size = {CONNECTIONS}\nserver_login_retry = 1\n"
        )
        if os.geteuid() == 0:
            for path in (folder, users, self._settings):
                os.chown(path, pwd.getpwnam("postgres").pw_uid, -1)

    def start(self) -> None:
        """Start it and wait until it answers. It ends with the thread that calls this."""
        program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "pgbouncer is not installed: apt-get install pgbouncer"
        self._process = subprocess.Popen(
            as_user(program, "-q", str(self._settings)),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(self._answers, self._process)

    def stop(self) -> None:
        """End it at once, with all of its connections."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)

    def _answers(self) -> bool:
        try:
            psycopg.connect(
                f"postgresql://{USER}@127.0.0.1:{self.port}/postgres",
                password=self._cluster.password, connect_timeout=5,
            ).close()  # fmt: skip
        except psycopg.OperationalError:
            return False
        return True
