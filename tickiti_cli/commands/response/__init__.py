from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "view", "edit", "delete", "move", "copy", "query", "export"),
    package=__name__,
)
