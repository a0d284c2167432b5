from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("volumes", "response-times", "resolutions", "agent-activity", "meta"),
    package=__name__,
)
