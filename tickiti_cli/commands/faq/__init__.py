from tickiti_cli.parser.groups import noun

app = noun(verbs=("list",), package=__name__)
