"""The systemd unit of the bundled server: its sandbox, and where its data lies.

Rule: the server works under every setting here; the tests run it under the strictest of them.
systemd.exec(5) explains each setting.
"""

import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from tickiti_cli import own_programs

STATE = "tickiti"
"""The folder under systemd's state directory (/var/lib) with database, configuration and token."""

STOP_SECONDS = 45
"""The server gives requests 30 s to end, then writes its log into the database."""

NO_RESTART_CODES = (2, 3, 14, 16)
"""Exit codes that no restart cures: usage, configuration, a locked or a broken database."""

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


_SYSTEM = f"""\
# The bundled Tickiti server as a system service. To install it, as root:
#   tickiti server unit systemd >/etc/systemd/system/tickiti.service
#   systemctl daemon-reload && systemctl enable --now tickiti
# Its first token is stored as the profile 'local' of this configuration:
#   TICKITI_CONFIG_DIR=/var/lib/{STATE}/config tickiti token list
# Its log: journalctl -u tickiti
[Unit]
Description=Tickiti helpdesk server
After=network.target

[Service]
{{service}}
Environment=TICKITI_CONFIG_DIR=%S/{STATE}/config
StateDirectory={STATE}
StateDirectoryMode=0700
DynamicUser=yes

# Only this machine reaches it; a TLS proxy on this machine may stand in front.
IPAddressDeny=any
IPAddressAllow=localhost

ProtectSystem=strict
ProtectHome={{protect_home}}
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
{{sandbox}}

[Install]
WantedBy=multi-user.target
"""

_USER = """\
# The bundled Tickiti server as a service of your own. To install it:
#   tickiti server unit systemd --user >~/.config/systemd/user/tickiti.service
#   systemctl --user daemon-reload && systemctl --user enable --now tickiti
# Its first token is stored as the profile 'local' of your configuration.
# Its log: journalctl --user -u tickiti
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
RestartSec=2
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


def system_unit(installation: Installation, port: int) -> str:
    """Return a unit for /etc/systemd/system, with its own user and data under /var/lib."""
    command = _start(installation, "--port", str(port), "--db", f"%S/{STATE}/tickiti.db")
    # A program in a home folder must be readable.
    protect_home = "read-only" if installation.is_in_a_home else "yes"
    return _SYSTEM.format(service=_service(command), sandbox=_SANDBOX, protect_home=protect_home)


def user_unit(installation: Installation, port: int) -> str:
    """Return a unit for ~/.config/systemd/user, with the user's own data and configuration."""
    command = _start(installation, "--port", str(port))
    return _USER.format(service=_service(command), sandbox=_SANDBOX)


def _service(command: str) -> str:
    codes = " ".join(str(code) for code in NO_RESTART_CODES)
    return _SERVICE.format(command=command, hopeless=codes, stop_seconds=STOP_SECONDS)


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
