"""The file system of a path is found in the mounts of real machines; network file systems are
refused."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tickiti_server.store.interface import DatabaseUnusable
from tickiti_server.store.sqlite.files.file_systems import MOUNTS, file_system_type, refuse_remote

pytestmark = pytest.mark.sqlite  # where a file may be

LAPTOP = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
31 27 0:44 / /home/ann rw,relatime shared:9 master:3 - fuse.sshfs ann@far:/home/ann rw,user_id=1000
32 27 0:45 / /srv/a\040b rw,relatime - nfs4 files:/export rw,vers=4.2
33 27 0:46 / /mnt/c rw,noatime - 9p C:\134 rw,aname=drvfs
34 27 0:47 / /data rw - cifs //nas/data rw
35 34 0:48 / /data rw - btrfs /dev/vdb rw
36 27 0:49 / /run/user/1000 rw - tmpfs tmpfs rw
37 27 0:50 / /media/usb rw - fuseblk /dev/sdb1 rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/tickiti/t.db", "ext4"),
        ("/home/ann/t.db", "fuse.sshfs"),
        ("/home/anna/t.db", "ext4"),
        ("/srv/a b/t.db", "nfs4"),
        ("/mnt/c/Users/t.db", "9p"),
        ("/data/t.db", "btrfs"),
        ("/run/user/1000/t.db", "tmpfs"),
        ("/media/usb/t.db", "fuseblk"),
    ],
)
def test_deepest_and_latest_mount_holds_a_path(path: str, kind: str) -> None:
    assert file_system_type(Path(path), LAPTOP) == kind


def test_unreadable_mounts_name_no_file_system() -> None:
    assert file_system_type(Path("/t.db"), "nonsense\n1 2 3\n\n - \n") is None


@pytest.mark.skipif(not MOUNTS.exists(), reason="this system has no /proc")
def test_mounts_of_this_machine_are_read() -> None:
    text = MOUNTS.read_text()
    assert file_system_type(Path("/proc/self/status"), text) == "proc"
    assert file_system_type(Path("/sys/kernel"), text) == "sysfs"


REMOTE = ["nfs", "nfs4", "cifs", "smb3", "9p", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs"]
OWN = ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "fuseblk", "fuse.mergerfs", "virtiofs"]


@pytest.mark.parametrize("kind", REMOTE)
def test_network_file_system_is_refused_with_a_hint(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"27 1 0:44 / / rw - {kind} far:/ rw\n")
    with pytest.raises(DatabaseUnusable) as refusal:
        refuse_remote(Path("/srv/t.db"), mounts)
    assert str(refusal.value) == (
        f"The database /srv/t.db is on a network file system ({kind}), where SQLite can lose "
        "data. Put it on a disk of this machine, and copies of it wherever you like: "
        "tickiti server backup FILE"
    )


@pytest.mark.parametrize("kind", OWN)
def test_local_disk_is_accepted(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"27 1 0:44 / / rw - {kind} far:/ rw\n")
    refuse_remote(Path("/srv/t.db"), mounts)


def test_system_without_mounts_refuses_nothing(tmp_path: Path) -> None:
    refuse_remote(Path("/srv/t.db"), tmp_path / "none")


def test_symlink_does_not_hide_a_network_file_system(tmp_path: Path) -> None:
    far = tmp_path / "far"
    far.mkdir()
    link = tmp_path / "near"
    link.symlink_to(far)
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 1 0:1 / / rw - ext4 a rw\n2 1 0:2 / {far.resolve()} rw - nfs4 b rw\n")
    with pytest.raises(DatabaseUnusable, match=r"network file system \(nfs4\)"):
        refuse_remote(link / "t.db", mounts)


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root and unshare"
)
def test_network_file_system_exits_16_and_creates_no_file(
    tmp_path: Path,
) -> None:
    """In a mount namespace whose list of mounts says NFS."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 1 0:1 / {tmp_path.resolve()} rw - nfs4 far:/export rw\n")
    database = tmp_path / "t.db"
    prepare = f"{sys.executable} -m tickiti_server prepare --db {database}"
    script = f"mount --bind {mounts} /proc/$$/mountinfo && exec {prepare}"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        input="", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (16, "")
    assert done.stderr.startswith(f"tickiti: The database {database} is on a network file system")
    assert not database.exists()
