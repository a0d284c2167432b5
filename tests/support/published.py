"""The vendor's table of v1 routes, of which the repository has a copy."""

import csv
from pathlib import Path

V1 = "/api/v1/"
PUBLISHED = Path(__file__).parents[1] / "contract" / "v1-routes.tsv"

Row = dict[str, str]


def published_rows() -> dict[str, Row]:
    """The columns of each route, by its name."""
    with PUBLISHED.open(newline="") as table:
        return {row["name"]: row for row in csv.DictReader(table, delimiter="\t")}
