"""The bundled server as a systemd unit: what it may do there, and where its data lies.

The rule of this file: a setting is here because the server works under it; the tests run it under
the strictest of them. systemd.exec(5) explains each.
"""

import stat
import sys
from dataclasses import dataclass
from pathlib import Path

STATE = "tickiti"
"""The folder under systemd's state directory (/var/lib) with database, configuration and token."""

STOP_SECONDS = 45
"""The server gives requests 30 s to end, then writes its log into the database."""

HOPELESS = (2, 3, 14, 16)
"""Exit codes that a restart cures not: usage, configuration, a locked and a broken database."""

_HOMES = ("/home", "/root", "/run/user")
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - named because a service has others of its own


@dataclass(frozen=True, slots=True)
class Installation:
    """A program to start, and every folder it is read from."""

    interpreter: Path
    folders: tuple[Path, ...] = ()

    @classmethod
    def here(cls) -> "Installation":
        # Not resolved: in an environment of its own the interpreter is a link, and the link is it.
        interpreter = Path(sys.executable)
        prefixes = (sys.prefix, sys.base_prefix, Path(__file__).parent)
        return cls(interpreter, tuple({Path(prefix).resolve() for prefix in prefixes}))

    @property
    def is_in_a_home(self) -> bool:
        places = (self.interpreter, *self.folders)
        return any(place.is_relative_to(home) for place in places for home in _HOMES)

    @property
    def hidden(self) -> Path | None:
        """A folder that a service with a user of its own would not find, or could not enter."""
        for folder in sorted(self.folders):
            if any(folder.is_relative_to(place) for place in _TEMPORARY):
                return folder
            if not all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents)):
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
{{confined}}

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

{confined}

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

# A user's own systemd may set these as well, for itself has no rights that they need.
_CONFINED = """\
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
    """A unit for /etc/systemd/system: a user of its own, data under /var/lib."""
    command = _start(installation, "--port", str(port), "--db", f"%S/{STATE}/tickiti.db")
    # Where the program itself lies in somebody's home, that has to be readable.
    protect_home = "read-only" if installation.is_in_a_home else "yes"
    return _SYSTEM.format(service=_service(command), confined=_CONFINED, protect_home=protect_home)


def user_unit(installation: Installation, port: int) -> str:
    """A unit for ~/.config/systemd/user: data and configuration where they are without it."""
    command = _start(installation, "--port", str(port))
    return _USER.format(service=_service(command), confined=_CONFINED)


def _service(command: str) -> str:
    codes = " ".join(str(code) for code in HOPELESS)
    return _SERVICE.format(command=command, hopeless=codes, stop_seconds=STOP_SECONDS)


def _start(installation: Installation, *flags: str) -> str:
    words = (_quoted(str(installation.interpreter)), "-m", "tickiti_cli", "server", "start", *flags)
    return " ".join(words)


def _quoted(word: str) -> str:
    """A path as a word of ExecStart, where `%`, `$`, quotes and blanks mean something."""
    escaped = word.replace("\\", "\\\\").replace("%", "%%").replace('"', '\\"')
    return f'"{escaped}"' if escaped != word or " " in word else word
