from tickiti_cli.parser.groups import noun

app = noun(
    "Inspect, replay and export requests",
    verbs=("list", "view", "wait", "export", "replay", "clear"),
    default="list",
    package=__name__,
)
