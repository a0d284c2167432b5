"""Follows a Containerfile in a scratch root of this machine, without a container engine.

Run in a mount namespace of its own: `unshare --mount python -m tests.support.scratch_root ROOT
SOURCE WORDS...` makes ROOT, executes the build, and then runs WORDS as the image's user with a
root that cannot be written. The base image is this machine's system and Python.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SYSTEM = ("bin", "dev", "etc", "lib", "lib64", "proc", "sbin", "usr")
ENVIRONMENT = ("PATH", "SSL_CERT_FILE")


class Instruction(NamedTuple):
    word: str
    rest: str


def instructions(containerfile: str) -> Iterator[Instruction]:
    lines = re.sub(r"\\\n", " ", containerfile).splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            yield Instruction(word, rest)


def commands(containerfile: str) -> dict[str, list[str]]:
    """The words of the first lines' commands: those after `podman build`, `run` and `exec`."""
    lines = re.findall(r"^#   podman (.+)$", containerfile, re.MULTILINE)
    return {words[0]: words[1:] for words in map(shlex.split, lines)}


class Image:
    """What the instructions say about the containers of the image."""

    def __init__(self, found: list[Instruction]) -> None:
        last = {one.word: one.rest for one in found}
        self.entry: list[str] = json.loads(last["ENTRYPOINT"])
        self.command: list[str] = json.loads(last["CMD"])
        self.health: list[str] = json.loads(last["HEALTHCHECK"].partition("CMD ")[2])
        self.user, self.group = map(int, last["USER"].split(":"))
        self.folder = last["WORKDIR"]
        self.volume = last["VOLUME"]
        pairs = [shlex.split(one.rest) for one in found if one.word == "ENV"]
        self.environ = dict(pair.split("=", 1) for line in pairs for pair in line)


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


def make_root(root: Path) -> None:
    """Mount the system and Python of this machine below a root in memory."""
    mount("-t", "tmpfs", "-o", "mode=755,size=600m", "tmpfs", str(root))
    places = [Path("/", name) for name in SYSTEM] + [Path(sys.base_prefix)]
    for place in places:
        inside = root / str(place).lstrip("/")
        if place.is_symlink():
            inside.symlink_to(place.readlink())
        elif place.is_dir() and not inside.exists():
            inside.mkdir(parents=True)
            mount("--rbind", str(place), str(inside))
    (root / "tmp").mkdir(mode=0o1777)


def build(root: Path, source: Path, found: list[Instruction]) -> None:
    path = f"{Path(sys.base_prefix) / 'bin'}:{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    for word, rest in found:
        if word == "COPY" and not rest.startswith("--from"):
            *names, target = rest.split()
            inside = root / target.lstrip("/")
            for name in names:
                if (source / name).is_dir():
                    shutil.copytree(
                        source / name, inside, ignore=shutil.ignore_patterns("__pycache__")
                    )
                else:
                    inside.mkdir(parents=True, exist_ok=True)
                    shutil.copy(source / name, inside)
        elif word == "RUN":
            subprocess.run(
                ["chroot", str(root), "/bin/sh", "-ec", rest],
                env={"PATH": path, "HOME": "/tmp", **kept}, check=True,
            )  # fmt: skip


def become_container(root: Path, image: Image) -> None:
    """Enter the root, which is read-only but for /tmp and the volume, as the image's user."""
    volume = root / image.volume.lstrip("/")
    owner = f"uid={image.user},gid={image.group},mode=700"
    mount("-o", "remount,ro", str(root))
    mount("-t", "tmpfs", "-o", owner, "tmpfs", str(volume))
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", str(root / "tmp"))
    os.chroot(root)
    os.setgroups([])
    os.setgid(image.group)
    os.setuid(image.user)
    os.chdir(image.folder)


def main() -> None:
    root, source, *words = sys.argv[1:]
    containerfile = (Path(source) / "Containerfile").read_text()
    found = [*instructions(containerfile)]
    image = Image(found)
    _, *within = commands(containerfile)["exec"]
    make_root(Path(root))
    build(Path(root), Path(source), found)
    become_container(Path(root), image)
    server = subprocess.Popen([*image.entry, *image.command, *words], env=image.environ)
    try:
        while subprocess.run(image.health, env=image.environ, check=False).returncode:
            if server.poll() is not None:
                sys.exit("the server ended")
        sys.stdout.write("HEALTHY\n")
        sys.stdout.flush()
        sys.stdin.read()  # until the test has seen enough
        for command in (image.health, within):
            subprocess.run(command, env=image.environ, check=True)
    finally:
        server.terminate()
        code = server.wait()
    sys.exit(code)


if __name__ == "__main__":
    main()
