from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "use", "show", "rename", "remove"),
    package=__name__,
)
