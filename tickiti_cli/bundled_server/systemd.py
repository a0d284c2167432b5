"""The systemd unit of the bundled server: its sandbox, and where its data lies.

Rule: the server works under every setting here; the tests run it under the strictest of them.
systemd.exec(5) explains each setting.
"""

import ipaddress
import shlex
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from tickiti_cli import own_programs
from tickiti_cli.bundled_server.named_servers import LOCAL
from tickiti_cli.contract.files.database_location import DatabaseUrl, hosts_of

STOP_SECONDS = 45
"""The server gives requests 30 s to end, then writes its log into the database."""

NO_RESTART_CODES = (2, 3, 14, 16)
"""Exit codes that no restart cures: usage, configuration, a locked or a broken database."""

UNUSABLE = 16
"""A database of PostgreSQL that cannot be used may only not have started yet."""

_HOMES = ("/home", "/root", "/run/user")
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - named because a service has private ones


@dataclass(frozen=True, slots=True)
class Installation:
    """The server's interpreter and program, and every folder that they are read from."""

    interpreter: Path
    folders: tuple[Path, ...] = ()
    program: tuple[str, ...] = ("-P", "-m", "tickiti_cli")
    """The arguments of the interpreter."""

    @classmethod
    def here(cls) -> "Installation":
        # Not resolved, because a virtual environment is recognised by its interpreter's link.
        interpreter = Path(sys.executable)
        place = own_programs.PLACE
        ours = Path(__file__).parent.parent if place.is_dir() else place.parent
        prefixes = (sys.prefix, sys.base_prefix, ours)
        folders = tuple({Path(prefix).resolve() for prefix in prefixes})
        return cls(interpreter, folders, tuple(own_programs.tickiti_itself()))

    @property
    def is_in_a_home(self) -> bool:
        places = (self.interpreter, *self.folders)
        return any(place.is_relative_to(home) for place in places for home in _HOMES)

    @property
    def hidden(self) -> Path | None:
        """A folder that a service with its own user could not find or enter."""
        for folder in sorted(self.folders):
            if any(folder.is_relative_to(place) for place in _TEMPORARY):
                return folder
            if not all(_can_be_entered(place) for place in (folder, *folder.parents)):
                return folder
        return None


@dataclass(frozen=True, slots=True)
class Instance:
    """The server that a unit runs. Its name has no spaces, because files are named by it."""

    name: str = LOCAL
    database: DatabaseUrl | None = None
    """The database of PostgreSQL; None for a file of the instance's own."""

    @property
    def unit(self) -> str:
        """The name of the unit, and of the folder under systemd's state directory (/var/lib) with
        database, configuration and token."""
        return "tickiti" if self.name == LOCAL else f"tickiti-{self.name}"

    @property
    def flags(self) -> list[str]:
        named = [] if self.name == LOCAL else ["--name", self.name]
        return named if self.database is None else [*named, "--db", self.database]

    @property
    def hopeless(self) -> list[int]:
        """Exit codes that no restart cures."""
        return [code for code in NO_RESTART_CODES if self.database is None or code != UNUSABLE]


_SYSTEM = """\
# The bundled Tickiti server as a system service. To install it, as root:
#   {again} >/etc/systemd/system/{unit}.service
#   systemctl daemon-reload && systemctl enable --now {unit}
# Its first token is stored as the profile '{name}' of this configuration:
#   TICKITI_CONFIG_DIR=/var/lib/{unit}/config tickiti token list
# Its log: journalctl -u {unit}
[Unit]
Description=Tickiti helpdesk server
{after}

[Service]
{service}
Environment=TICKITI_CONFIG_DIR=%S/{unit}/config
{password}StateDirectory={unit}
StateDirectoryMode=0700
DynamicUser=yes

{addresses}

ProtectSystem=strict
ProtectHome={protect_home}
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProcSubset=pid
RemoveIPC=yes
CapabilityBoundingSet=
AmbientCapabilities=
{sandbox}

[Install]
WantedBy=multi-user.target
"""

_USER = """\
# The bundled Tickiti server as a service of your own. To install it:
#   {again} >~/.config/systemd/user/{unit}.service
#   systemctl --user daemon-reload && systemctl --user enable --now {unit}
# Its first token is stored as the profile '{name}' of your configuration.
# Its log: journalctl --user -u {unit}
[Unit]
Description=Tickiti helpdesk server

[Service]
{service}

{sandbox}

[Install]
WantedBy=default.target
"""

_SERVICE = """\
Type=notify
ExecStart={command}
Restart=on-failure
RestartSec={pause}
RestartPreventExitStatus={hopeless}
SuccessExitStatus=143
KillMode=mixed
TimeoutStopSec={stop_seconds}
LimitNOFILE=4096
UMask=0077"""

# A user's own systemd can set these as well, because they need no privileges.
_SANDBOX = """\
NoNewPrivileges=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM"""


_ENVIRONMENT = """\
# PGPASSWORD=... is a line of this file, which only root can read: chmod 600.
EnvironmentFile=-/etc/{unit}.env
"""

_ONLY_THIS_MACHINE = """\
# Only this machine reaches it; a TLS proxy on this machine may stand in front.
IPAddressDeny=any
IPAddressAllow=localhost"""

_THESE_MACHINES = """\
# Only this machine and that of the database; a TLS proxy on this machine may stand in front.
IPAddressDeny=any
IPAddressAllow=localhost {addresses}"""

_ANY_MACHINE = """\
# systemd allows addresses and no names. To use this, add those of the database and of your DNS:
#IPAddressDeny=any
#IPAddressAllow=localhost 192.0.2.10"""


def system_unit(installation: Installation, port: int, instance: Instance = Instance()) -> str:
    """Return a unit for /etc/systemd/system, with its own user and data under /var/lib."""
    url = instance.database
    file = () if url else ("--db", f"%S/{instance.unit}/tickiti.db")
    command = _start(installation, "--port", str(port), *instance.flags, *file)
    # Several units of PostgreSQL may run on one machine, and one that is on another is no error.
    after = "Wants=network-online.target\nAfter=network-online.target postgresql.service"
    return _SYSTEM.format(
        **_names(instance),
        after=after if url else "After=network.target",
        password=_ENVIRONMENT.format(unit=instance.unit) if url else "",
        addresses=_addresses(url) if url else _ONLY_THIS_MACHINE,
        service=_service(command, instance),
        sandbox=_SANDBOX,
        # A program in a home folder must be readable.
        protect_home="read-only" if installation.is_in_a_home else "yes",
    )


def user_unit(installation: Installation, port: int, instance: Instance = Instance()) -> str:
    """Return a unit for ~/.config/systemd/user, with the user's own data and configuration."""
    command = _start(installation, "--port", str(port), *instance.flags)
    service = _service(command, instance)
    return _USER.format(**_names(instance, "--user"), service=service, sandbox=_SANDBOX)


def _names(instance: Instance, *flags: str) -> dict[str, str]:
    """What the first lines of a unit say."""
    again = shlex.join(["tickiti", "server", "unit", "systemd", *flags, *instance.flags])
    return {"unit": instance.unit, "name": instance.name, "again": again}


def _addresses(url: str) -> str:
    """The lines of a unit that say whom its server may reach."""
    hosts = hosts_of(url)
    away = [host for host in hosts if not host.startswith("/") and host not in _HERE]
    if not all(map(_is_address, away)):
        return _ANY_MACHINE
    return _THESE_MACHINES.format(addresses=" ".join(away)) if away else _ONLY_THIS_MACHINE


_HERE = ("localhost", "127.0.0.1", "::1", "")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _service(command: str, instance: Instance) -> str:
    return _SERVICE.format(
        command=command,
        hopeless=" ".join(map(str, instance.hopeless)),
        stop_seconds=STOP_SECONDS,
        pause=5 if instance.database else 2,
    )


def _start(installation: Installation, *flags: str) -> str:
    """Return ExecStart. A program whose path has quotes, `$` or tabs is started by a shell, because
    systemd accepts these in arguments only."""
    program = str(installation.interpreter)
    words = [program, *installation.program, "server", "start", *flags]
    if any(sign in program for sign in "\"'\\$") or not program.isprintable():
        return " ".join(("/bin/sh -c 'exec \"$$@\"' sh", *map(_quoted, words)))
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """Quote a word of ExecStart for systemd, which expands `%` and `$`; `%S` stays as it is."""
    if word.startswith("%S/"):
        return word
    escaped = "".join(map(_escaped, word))
    is_plain = not any(sign in word for sign in "\"'\\ ;") and word.isprintable()
    return escaped if is_plain else f'"{escaped}"'


def _escaped(sign: str) -> str:
    if sign in "%$":
        return 2 * sign
    if sign in '"\\':
        return f"\\{sign}"
    if sign.isprintable():
        return sign
    return "".join(f"\\x{byte:02x}" for byte in sign.encode("utf-8", "surrogateescape"))


def _can_be_entered(folder: Path) -> bool:
    try:
        return bool(folder.stat().st_mode & stat.S_IXOTH)
    except OSError:
        return False
