"""`python -m tickiti_cli.reference` writes completions, man pages and tests/surface.txt.

Rule: generated text comes from the command tree, a table of the code, or the text of one topic.
"""

from pathlib import Path

from tickiti_cli.reference import listing
from tickiti_cli.reference.completion import bash, fish, powershell, zsh
from tickiti_cli.reference.manual.pages import pages
from tickiti_cli.reference.tree import read_tree

ROOT = Path(__file__).parent.parent.parent


def files() -> dict[str, str]:
    """The generated files by their path in the repository."""
    tree = read_tree()
    return {
        "completions/tickiti.bash": bash.render(tree),
        "completions/_tickiti": zsh.render(tree),
        "completions/tickiti.fish": fish.render(tree),
        "completions/tickiti.ps1": powershell.render(tree),
        "tests/surface.txt": listing.render(tree),
        **{f"man/{name}": page.as_mdoc() for name, page in pages(tree).items()},
    }


def main() -> None:
    for name, text in files().items():
        path = ROOT / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
