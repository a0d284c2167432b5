"""The current folder holds data: no module is imported from there, and no program is run."""

import json
import os
import shutil
import subprocess
import sys
import zipapp
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.waiting import PATIENCE_SECONDS
from tickiti_cli.reference.tree import read_tree

ROOT = Path(__file__).parent.parent.parent
PROGRAM = Path(sys.executable).with_name("tickiti")

OURS = {"tickiti_cli", "tickiti_server"}
INSTALLED = {
    "annotated_types", "click", "dotenv", "h11", "httptools", "httpx", "idna", "jq", "keyring",
    "markdown_it", "nh3", "platformdirs", "pydantic", "pydantic_core", "pygments", "rich",
    "shellingham", "starlette", "tomli_w", "tomlkit", "typer", "typing_extensions", "uvicorn",
    "uvloop", "watchfiles", "websockets", "wsproto", "yaml",
}  # fmt: skip
HONEST = ("secrets", "queue", "types", "email", "html", "token", "logging", "select")
"""What projects have modules of their own named after."""

MARK = "import os, sys\nopen(os.path.join({marks!r}, {name!r}), 'a').close()\nsys.exit(77)\n"

VALUES = {
    "server start": ("--port", "0", "--detach", "--db", "second.db"),
    "server check": ("made.db",),
    "server backup": ("copy.db", "--db", "made.db"),
    "server restore": ("made.db", "--db", "restored.db", "--yes"),
    "server unit": ("systemd",),
    "server wait-ready": ("--timeout", "1"),
    "server requests list": ("-p", "local"),
    "server requests wait": ("--timeout", "1"),
    "config edit": ("--yes",),
    "version": ("--json",),
}
"""What a command is given that would do nothing without it, in a folder with a database."""

ENDLESS = {"callback listen"}
"""It serves until Ctrl-C."""


class Trap:
    """A current folder where everything that could be imported or run leaves a mark."""

    def __init__(self, run: Cli, folder: Path) -> None:
        self.run = run
        self.folder = folder / "trap"
        self.marks = folder / "marks"
        for made in (self.folder, self.marks):
            made.mkdir(parents=True)

    def plant_modules(self, *, but: Iterable[str] = ()) -> None:
        names = {*sys.stdlib_module_names, *OURS, *INSTALLED, "sitecustomize", "usercustomize"}
        for name in names.difference(but):
            text = MARK.format(marks=str(self.marks), name=name)
            (self.folder / f"{name}.py").write_text(text)
        for name in {*OURS, *INSTALLED}.difference(but):
            package = self.folder / name
            package.mkdir()
            for file in ("__init__.py", "__main__.py"):
                shutil.copy(self.folder / f"{name}.py", package / file)
        (self.folder / "evil.pth").write_text("import antigravity\n")
        (self.folder / "pyvenv.cfg").write_text(f"home = {self.folder}\n")

    def plant_programs(self, *names: str) -> None:
        for name in names:
            file = self.folder / name
            file.write_text(f'#!/bin/sh\n: >"{self.marks}/{name}"\nexit 0\n')
            file.chmod(0o755)

    def __call__(self, *words: str, program: tuple[str, ...] = (str(PROGRAM),), **env: str) -> Ran:
        done = subprocess.run(
            [*program, *words], cwd=self.folder, env=self.run.environ(env), check=False,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    @property
    def sprung(self) -> list[str]:
        return sorted(path.name for path in self.marks.iterdir())


@pytest.fixture
def trap(run: Cli, tmp_path: Path) -> Iterator[Trap]:
    made = Trap(run, tmp_path)
    yield made
    run("server", "stop")
    for database in made.folder.glob("*.db"):
        run("server", "stop", "--db", str(database))


def leaves() -> list[str]:
    return [command.path for command in read_tree().commands]


@pytest.mark.faults
def test_imports_never_come_from_the_current_folder(trap: Trap) -> None:
    assert trap("server", "start", "--port", "0", "--detach", "--db", "made.db").code == 0
    trap.plant_modules()
    paths = [path for path in leaves() if path not in ENDLESS]
    assert {"doctor", "server start", "server openapi"} < set(paths)
    assert set(VALUES) <= set(paths)

    def sprung_by(path: str) -> tuple[str, int]:
        return path, trap(*path.split(), *VALUES.get(path, ())).code

    with ThreadPoolExecutor(4) as pool:
        codes = dict(pool.map(sprung_by, [path for path in paths if path != "server stop"]))
    assert trap.sprung == []
    assert {path: code for path, code in codes.items() if code in (1, 77)} == {}
    assert {path: codes[path] for path in ("server check", "server backup", "server openapi")} == {
        "server check": 0, "server backup": 0, "server openapi": 0
    }  # fmt: skip


@pytest.mark.parametrize("path", [":/nonexistent", "/nonexistent:", ".", "trap:../trap"])
def test_pythonpath_of_the_current_folder_is_not_inherited(trap: Trap, path: str) -> None:
    for name in ("tickiti_server", "uvicorn"):
        (trap.folder / f"{name}.py").write_text(MARK.format(marks=str(trap.marks), name=name))
    flags = ("--port", "0", "--detach", "--db", "made.db")
    assert trap("server", "start", *flags, PYTHONPATH=path).code == 0
    assert trap("server", "check", "made.db", PYTHONPATH=path).code == 0
    assert trap.sprung == []


def test_python_m_imports_nothing_from_the_current_folder(trap: Trap) -> None:
    program = (sys.executable, "-m", "tickiti_cli")
    # What Python itself imports for `-m`, from there, before any program can change that.
    loaded = trap("-P", "-c", "import runpy, sys; print(*sys.modules)", program=program[:1])
    trap.plant_modules(but=["tickiti_cli", *loaded.stdout.split()])
    for words in (("version", "--json"), ("server", "openapi"), ("help", "cron")):
        assert trap(*words, program=program).code == 0
    assert trap.sprung == []


def test_a_project_with_modules_of_standard_names_can_run_a_server(trap: Trap) -> None:
    for name in HONEST:
        (trap.folder / f"{name}.py").write_text(f"NAME = {name!r}\n")
    assert trap("server", "start", "--port", "0", "--detach", "--db", "made.db").code == 0
    assert trap("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y").code == 0
    assert trap("server", "stop", "--db", "made.db") == Ran(0, "stopped\n", "")


def test_a_foreground_server_imports_nothing_from_the_folder(trap: Trap) -> None:
    trap.plant_modules()
    with subprocess.Popen(
        [PROGRAM, "server", "start", "--port", "0", "--port-file", "port", "--memory"],
        cwd=trap.folder, env=trap.run.environ({}), stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        first = process.stderr.readline()
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)
    assert "Listening on" in first
    assert (process.returncode, trap.sprung) == (0, [])


@pytest.mark.parametrize("path", ["{old}:", ":{old}", ".:{old}", "../trap:{old}", "", "."])
def test_programs_of_the_current_folder_are_not_run(run: Cli, trap: Trap, path: str) -> None:
    trap.plant_programs("man", "sh", "pass", "trap-editor")
    path = path.format(old=os.environ["PATH"])
    run.configure(
        'default_profile = "x"\n[profiles.x]\nbase_url = "http://127.0.0.1:1"\n'
        'token_command = "pass show tickiti"\n'
    )
    trap("ticket", "list", "--retries", "0", PATH=path)
    assert not run.folder.rmdir()
    trap.folder.rename(run.folder)
    run.on_terminal("man", "version", PATH=path, MANPAGER="cat")
    ran = run.on_terminal("config", "edit", PATH=path, EDITOR="trap-editor")
    assert "No such file" in ran.stdout
    run.folder.rename(trap.folder)
    assert trap.sprung == []


def test_the_servers_program_is_found_from_an_archive(run: Cli, trap: Trap, tmp_path: Path) -> None:
    """As zipapp makes one, of our packages; what they need is installed."""
    source, archive = tmp_path / "source", tmp_path / "tickiti.pyz"
    for package in OURS:
        shutil.copytree(ROOT / package, source / package, ignore=_compiled)
    (source / "tickiti_server" / "__init__.py").write_text('"""In the archive."""\n')
    zipapp.create_archive(source, archive, main="tickiti_cli.__main__:main")
    shutil.rmtree(source)
    trap.plant_modules()
    program = (str(_bare_interpreter(tmp_path)), str(archive))
    started = trap("server", "start", "--port", "0", "--detach", "--db", "a.db", program=program)
    assert (started.code, started.stderr) == (0, "")
    create = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
    assert trap(*create, program=program).stdout == "220009\n"
    assert json.loads(trap("server", "openapi", program=program).stdout)["openapi"] == "3.1.0"
    assert "sqlite" in trap("doctor", program=program).stdout
    unit = trap("server", "unit", "systemd", program=program).stdout
    assert f"-P {archive} server start --port 8642" in unit
    assert trap("server", "stop", "--db", "a.db", program=program) == Ran(0, "stopped\n", "")
    assert trap.sprung == []
    assert zipfile.is_zipfile(archive)


def _compiled(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__"}


def _bare_interpreter(folder: Path) -> Path:
    """One that finds all that tickiti needs, and no tickiti."""
    bare = folder / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    (packages,) = (bare / "lib").glob("python*/site-packages")
    (installed,) = [Path(path) for path in sys.path if path.endswith("site-packages")]
    for entry in installed.iterdir():
        if "tickiti" not in entry.name and entry.suffix != ".pth":
            (packages / entry.name).symlink_to(entry)
    return bare / "bin" / "python"


@pytest.mark.parametrize("folders", [":/etc/xdg", "rel", "rel:/etc/xdg", ".", "./:/etc/xdg", ":"])
def test_system_configuration_is_not_read_from_the_current_folder(
    run: Cli, tmp_path: Path, folders: str
) -> None:
    mark = tmp_path / "mark"
    for base in (run.folder, run.folder / "rel"):
        (base / "tickiti").mkdir(parents=True)
        (base / "tickiti/config.toml").write_text(
            'default_profile = "x"\n[profiles.x]\nbase_url = "http://127.0.0.1:9"\n'
            f"token_command = \": >'{mark}'; echo 1\"\n"
        )
    ran = run("ticket", "list", "--retries", "0", XDG_CONFIG_DIRS=folders)
    assert (ran.code, mark.exists()) == (3, False)
    assert "No Tickiti server is configured." in ran.stderr


def test_the_first_absolute_folder_holds_the_configuration_for_all_users(
    run: Cli, tmp_path: Path
) -> None:
    file = tmp_path / "site/tickiti/config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("[defaults]\nretries = 7\n")
    shown = run("config", "get", "retries", XDG_CONFIG_DIRS=f":rel:{tmp_path}/site:/etc/xdg")
    assert shown.stdout == "7\n"
