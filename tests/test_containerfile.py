"""The Containerfile, followed line by line in a scratch root: it builds, starts and is healthy."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.scratch_root import Image, commands, instructions
from tickiti_cli.bundled_server.systemd import STOP_SECONDS
from tickiti_cli.reference.__main__ import ROOT

# The build installs the package and all that it needs.
pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


TEXT = (ROOT / "Containerfile").read_text()


@pytest.fixture
def image() -> Image:
    return Image([*instructions(TEXT)])


def test_the_container_serves_as_an_ordinary_user_with_a_read_only_root(
    tmp_path: Path, image: Image
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    words = ("--port", "0")  # the image's own port may be in use on this machine
    command = [sys.executable, "-m", "tests.support.scratch_root", str(root), str(ROOT), *words]
    with subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", *command],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        told: list[str] = []
        for line in process.stdout:
            told.append(line)
            if line == "HEALTHY\n":
                break
        process.stdin.close()
        told.append(process.stdout.read())
        assert process.wait(60) == 0, "".join(told)
    assert re.search(r"http://\S+:\d+", "".join(told))


def test_the_image_runs_unprivileged_with_its_data_in_the_volume(image: Image) -> None:
    assert (image.user, image.group) == (10001, 10001)
    assert image.folder == image.volume == image.environ["HOME"] == "/data"
    assert all(word.startswith("/data/") for word in image.command if word.startswith("/"))


def test_its_first_lines_keep_the_health_check_and_give_a_server_time_to_stop(image: Image) -> None:
    said = commands(TEXT)
    # podman's own format has no health checks, and an engine kills 10 seconds after it stops.
    assert said["build"][:2] == ["--format", "docker"]
    started = dict(zip(said["run"], said["run"][1:], strict=False))
    assert int(started["--stop-timeout"]) >= STOP_SECONDS
    assert started["-v"].endswith(f":{image.volume}")


def test_its_base_is_named_with_its_registry() -> None:
    """podman has none by default."""
    bases = [one.rest for one in instructions(TEXT) if one.word == "FROM"]
    assert bases
    assert all(base.startswith("docker.io/library/python:") for base in bases)
