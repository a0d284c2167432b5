"""`python -m tickiti_cli.surface`: write everything that is generated and checked in."""

from pathlib import Path

from tickiti_cli.surface import bash, fish, listing, powershell, zsh
from tickiti_cli.surface.pages import pages
from tickiti_cli.surface.tree import read

ROOT = Path(__file__).parent.parent.parent


def files() -> dict[str, str]:
    """What is checked in, by its path in the repository."""
    surface = read()
    return {
        "completions/tickiti.bash": bash.render(surface),
        "completions/_tickiti": zsh.render(surface),
        "completions/tickiti.fish": fish.render(surface),
        "completions/tickiti.ps1": powershell.render(surface),
        "tests/surface.txt": listing.render(surface),
        **{f"man/{name}": page.as_mdoc() for name, page in pages(surface).items()},
    }


def main() -> None:
    for name, text in files().items():
        path = ROOT / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
