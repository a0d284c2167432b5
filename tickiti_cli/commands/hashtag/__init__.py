from tickiti_cli.parser.groups import noun

app = noun(verbs=("list", "delete"), package=__name__)
