from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("login", "status", "token", "can", "logout"),
    package=__name__,
)
