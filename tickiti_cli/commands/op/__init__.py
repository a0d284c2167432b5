from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "view", "resume", "forget"),
    package=__name__,
)
