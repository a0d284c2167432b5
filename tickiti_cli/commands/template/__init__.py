from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "search", "view", "render", "create", "edit", "delete", "pull", "diff", "push"),
    package=__name__,
)
