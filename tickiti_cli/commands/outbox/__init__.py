from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "view", "wait", "release", "cancel"),
    package=__name__,
)
