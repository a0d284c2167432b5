from tickiti_cli.parser.groups import noun

app = noun(
    verbs=(
        "start",
        "stop",
        "status",
        "url",
        "open",
        "wait-ready",
        "backup",
        "restore",
        "check",
        "seed",
        "reset",
        "snapshot",
        "openapi",
        "requests",
        "clock",
        "fault",
        "logs",
        "unit",
        "sample-files",
        "act",
    ),
    package=__name__,
)
