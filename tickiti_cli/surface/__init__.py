"""The command line described: completions, man pages and the list of what it offers.

`python -m tickiti_cli.surface` writes what is checked in. The rule of this folder: nothing is said
here that the command tree, a table of the code or the one text of a topic says already.
"""
