"""`tickiti token`: mint, list, show, rotate and revoke the bundled server's tokens.

The rule of this folder: a module holds the commands of one purpose on an `app` of its own, and its
verbs are named here.
"""

from tickiti_cli.groups import noun

app = noun(
    "Mint, list, rotate and revoke tokens; find leaked ones.",
    package=__name__,
    parts={
        "making": ("mint",),
        "rotating": ("rotate",),
        "showing": ("list", "view", "audit", "abilities"),
        "ending": ("retire", "revoke"),
        "scanning": ("scan",),
    },
)
