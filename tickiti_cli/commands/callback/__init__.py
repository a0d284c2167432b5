from tickiti_cli.parser.groups import noun

app = noun(
    verbs=("list", "view", "resend", "trigger", "listen"),
    package=__name__,
)
