"""The endpoint that deletes files that nothing refers to."""

from tickiti_cli.contract.v1 import administration as contract
from tickiti_server.api.administration.bodies.logos import OrphansDeleted
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.store.files.orphans import retire_all
from tickiti_server.store.texts.images import retire_unused_images


@handles(contract.storage_delete_orphaned)
def delete_orphaned(call: Call) -> OrphansDeleted:
    """Delete uploaded files and images without references now, not after 24 hours."""
    # Nobody finds the files from now on; their bytes go in the background, a few at a time.
    deleted = retire_all(call.tx, call.now + 1) + retire_unused_images(call.tx)
    return {"ok": True, "deleted": deleted}
