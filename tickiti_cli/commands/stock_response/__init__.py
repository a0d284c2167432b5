from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "view", "create", "edit", "delete", "image"),
    package=__name__,
)
