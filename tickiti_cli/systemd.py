"""The bundled server as a systemd unit: what it may do there, and where its data lies.

The rule of this file: a setting is here because the server works under it; the tests run it under
the strictest of them. systemd.exec(5) explains each.
"""

from pathlib import Path

STATE = "tickiti"
"""The folder under systemd's state directory (/var/lib) with database, configuration and token."""

STOP_SECONDS = 45
"""The server gives requests 30 s to end, then writes its log into the database."""

HOPELESS = (2, 3, 14, 16)
"""Exit codes that a restart cures not: usage, configuration, a locked and a broken database."""

_HOMES = ("/home", "/root", "/run/user")

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


def system_unit(interpreter: Path, port: int) -> str:
    """A unit for /etc/systemd/system: a user of its own, data under /var/lib."""
    command = _start(interpreter, "--port", str(port), "--db", f"%S/{STATE}/tickiti.db")
    return _SYSTEM.format(
        service=_service(command), confined=_CONFINED, protect_home=_protect_home(interpreter)
    )


def user_unit(interpreter: Path, port: int) -> str:
    """A unit for ~/.config/systemd/user: data and configuration where they are without it."""
    command = _start(interpreter, "--port", str(port))
    return _USER.format(service=_service(command), confined=_CONFINED)


def _service(command: str) -> str:
    codes = " ".join(str(code) for code in HOPELESS)
    return _SERVICE.format(command=command, hopeless=codes, stop_seconds=STOP_SECONDS)


def _start(interpreter: Path, *flags: str) -> str:
    words = (_quoted(str(interpreter)), "-m", "tickiti_cli", "server", "start", *flags)
    return " ".join(words)


def _quoted(word: str) -> str:
    """A path as a word of ExecStart, where `%`, `$`, quotes and blanks mean something."""
    escaped = word.replace("\\", "\\\\").replace("%", "%%").replace('"', '\\"')
    return f'"{escaped}"' if escaped != word or " " in word else word


def _protect_home(interpreter: Path) -> str:
    """Where the program itself lies in somebody's home, that has to be readable."""
    is_in_a_home = any(interpreter.is_relative_to(home) for home in _HOMES)
    return "read-only" if is_in_a_home else "yes"
