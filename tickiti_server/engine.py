"""`python -m tickiti_server.engine`: the version of each storage engine, as an object of JSON.

The rule of this file: it imports the store alone, because somebody waits for the answer.
"""

import json

from tickiti_server.store.database import engine_versions

if __name__ == "__main__":
    print(json.dumps(engine_versions()))  # noqa: T201 - a program's edge
