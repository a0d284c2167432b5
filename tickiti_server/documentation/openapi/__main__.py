"""`python -m tickiti_server.documentation.openapi URL` prints the document of a server at URL."""

import json
import sys

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_server.api.handler import collect
from tickiti_server.api.registry import MODULES
from tickiti_server.documentation.openapi.document import describe


def main() -> None:
    document = describe(collect(MODULES, CATALOGUE.values()), sys.argv[1])
    json.dump(document, sys.stdout, indent=2)
    print()  # noqa: T201 - this is the program's edge


if __name__ == "__main__":
    main()
