from tickiti_cli.parser.groups import noun

app = noun(
    "Show, freeze and advance a test server's clock",
    verbs=("show", "freeze", "advance", "reset"),
    package=__name__,
)
