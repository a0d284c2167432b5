"""`python -m tickiti_server.engine`: prints the versions of the storage engines as JSON.

Rule: this module imports only the store, because a user waits for the output.
"""

import json

from tickiti_server.store.open import engine_versions

if __name__ == "__main__":
    print(json.dumps(engine_versions()))  # noqa: T201 - a program's edge
