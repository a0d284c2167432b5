"""`tickiti server`: run the bundled server, look after its data, and watch it.

The rule of this folder: a module holds the commands of one purpose on an `app` of its own, and its
verbs are named here.
"""

from tickiti_cli.groups import noun

app = noun(
    "Run the bundled server.",
    package=__name__,
    parts={
        "running": ("start", "stop", "status", "url", "wait-ready"),
        "data": ("backup", "restore", "check"),
        "openapi": ("openapi",),
        "watching": ("requests", "logs"),
        "unit": ("unit",),
        "acting": ("act",),
    },
)
