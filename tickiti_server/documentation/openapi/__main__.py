"""`python -m tickiti_server.openapi URL`: the document for a server at this address, to stdout."""

import json
import sys

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_server.families import MODULES
from tickiti_server.handlers import collect
from tickiti_server.openapi import describe


def main() -> None:
    document = describe(collect(MODULES, CATALOGUE.values()), sys.argv[1])
    json.dump(document, sys.stdout, indent=2)
    print()  # noqa: T201 - this is the program's edge


if __name__ == "__main__":
    main()
