"""The columns that the verbs of `tickiti server fault` share."""

from tickiti_cli.output.format import columns

FAULTS = columns(
    "id", "action", "value", "route", "fired", "times", "matched", "after", "probability", "key",
    "token_id",
    leaving=("token_id", "key", "probability", "after", "matched"),
)  # fmt: skip
