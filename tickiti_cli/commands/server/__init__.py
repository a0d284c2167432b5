from tickiti_cli.parser.groups import noun

app = noun(
    verbs={
        "RUN": ("start", "stop", "status", "url", "wait-ready", "unit"),
        "DATA": ("backup", "restore", "check", "migrate", "act", "sample-files"),
        "TEST MODE": ("seed", "reset", "snapshot", "clock", "fault"),
        "WATCH": ("open", "requests", "logs", "openapi"),
    },
    package=__name__,
)
