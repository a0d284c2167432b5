"""The man pages: tickiti(1), one page for each noun, tickiti-config(5) and tickiti-scripting(7).

Rule: a page arranges the command tree and the texts of `prose/`, and has no sentences of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tickiti_cli.parser.help.phrases import sentence
from tickiti_cli.reference.manual import blocks, mdoc, plain
from tickiti_cli.reference.manual.blocks import Block, Entries, Literal, Paragraph, Part, Usage
from tickiti_cli.reference.manual.entries import tables
from tickiti_cli.reference.tree import Argument, Command, CommandTree, Flag, Noun, Value

REVISED = "November 24, 2026"
"""When `prose/` was last revised. Not the date of a build, which would change every page."""

CONFIG = "tickiti-config"
SCRIPTING = "tickiti-scripting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`parts` are the page's sections by their titles, in the usual order of man pages."""

    name: str
    section: int
    summary: str
    usages: Sequence[Usage] = ()
    parts: Mapping[str, Sequence[Block]]
    others: Sequence[tuple[str, int]] = field(default=())
    """The pages under SEE ALSO, with their sections."""

    @property
    def file(self) -> str:
        return f"{self.name}.{self.section}"

    def as_text(self) -> str:
        shown = [f"NAME\n    {self.name} - {self.summary}"]
        if self.usages:
            shown.append("\n".join(["SYNOPSIS", *(plain.usage(u, "    ") for u in self.usages)]))
        for title, content in self.parts.items():
            shown.append(f"{title}\n{plain.render(content, '    ')}")
        others = ", ".join(f"{name}({section})" for name, section in self.others)
        return "\n\n".join([*shown, f"SEE ALSO\n    {others}"])

    def as_mdoc(self) -> str:
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield f".Dd {REVISED}"
        yield f".Dt {self.name.upper()} {self.section}"
        yield ".Os"
        yield from (".Sh NAME", f".Nm {self.name}", f".Nd {self.summary}")
        if self.usages:
            yield ".Sh SYNOPSIS"
            for usage in self.usages:
                yield from mdoc.usage(usage)
        for title, content in self.parts.items():
            yield f".Sh {title}"
            yield from mdoc.lines(content)
        yield ".Sh SEE ALSO"
        *first, last = self.others
        yield from (f".Xr {name} {section} ," for name, section in first)
        yield f".Xr {last[0]} {last[1]}"


def pages(tree: CommandTree) -> dict[str, Page]:
    """Every page by its file name."""
    nouns = [_noun(noun) for noun in tree.nouns]
    every = [_root(tree), *nouns, _config(), _scripting()]
    return {page.file: page for page in every}


def _root(tree: CommandTree) -> Page:
    known = tables()
    return Page(
        name="tickiti",
        section=1,
        summary=_uncapped(tree.help),
        usages=[Usage("tickiti", ("[<global flags>]", "<command>", "[<arguments>]"))],
        parts={
            "DESCRIPTION": [
                *blocks.read("overview", known),
                Part("Global flags"),
                Paragraph("They stand before or after any command."),
                _flags(tree.flags),
            ],
            "ENVIRONMENT": blocks.read("environment", known),
            "FILES": blocks.read("files", known),
            "EXIT STATUS": blocks.read("exit-codes", known),
            "EXAMPLES": [Literal(tree.examples)],
        },
        others=[
            *((f"tickiti-{noun.name}", 1) for noun in sorted(tree.nouns, key=lambda n: n.name)),
            (CONFIG, 5),
            (SCRIPTING, 7),
        ],
    )


def _noun(noun: Noun) -> Page:
    return Page(
        name=f"tickiti-{noun.name}",
        section=1,
        summary=_uncapped(noun.help),
        usages=[_usage(command) for command in noun.commands],
        parts={
            "DESCRIPTION": [block for c in noun.commands for block in _command(c, noun)],
            "EXIT STATUS": [Paragraph("0 on success; `tickiti help exit-codes` lists all codes.")],
            "EXAMPLES": [Literal(_once(line for c in noun.commands for line in c.examples))],
        },
        others=[("tickiti", 1), (CONFIG, 5), (SCRIPTING, 7)],
    )


def _config() -> Page:
    known = tables()
    return Page(
        name=CONFIG,
        section=5,
        summary="the configuration of tickiti: files, settings and their precedence",
        parts={
            "DESCRIPTION": [
                *blocks.read("precedence", known),
                *blocks.read("config-keys", known),
            ],
            "ENVIRONMENT": blocks.read("environment", known),
            "FILES": blocks.read("files", known),
            "EXAMPLES": blocks.read("config-examples", known),
        },
        others=[("tickiti", 1), (f"{CONFIG}", 1), (SCRIPTING, 7)],
    )


def _scripting() -> Page:
    known = tables()
    topics = {
        "Output": "output",
        "Idempotency": "idempotency",
        "Tokens": "tokens",
        "Jobs": "cron",
        "Programs in Python": "python",
        "Testing": "testing",
    }
    described: list[Block] = [Paragraph("Rules that scripts and scheduled jobs can rely on.")]
    for title, topic in topics.items():
        described += [Part(title), *blocks.read(topic, known)]
    return Page(
        name=SCRIPTING,
        section=7,
        summary="tickiti in scripts and scheduled jobs",
        parts={"DESCRIPTION": described, "EXIT STATUS": blocks.read("exit-codes", known)},
        others=[("tickiti", 1), (CONFIG, 5)],
    )


def _command(command: Command, noun: Noun) -> Iterator[Block]:
    if noun.is_group:
        yield Part(f"tickiti {command.path}")
    yield Paragraph(command.help)
    rows = [*map(_argument_row, command.arguments), *map(_flag_row, command.flags)]
    if rows:
        yield Entries(tuple(rows))


def _usage(command: Command) -> Usage:
    required = [_term(flag.long, flag.value) for flag in command.flags if flag.is_required]
    optional = [
        f"[{_either(flag)}{' ...' if flag.is_repeatable else ''}]"
        for flag in command.flags
        if not flag.is_required
    ]
    arguments = [_placed(argument) for argument in command.arguments]
    return Usage(f"tickiti {command.path}", (*required, *optional, *arguments))


def _either(flag: Flag) -> str:
    return " ".join([" | ".join(f"`{name}`" for name in flag.names), *_replaced(flag.value)])


def _placed(argument: Argument) -> str:
    name = f"<{argument.value.metavar.removesuffix('...')}>"
    many = f"{name} ..." if argument.is_repeatable else name
    return many if argument.is_required else f"[{many}]"


def _flags(flags: Iterable[Flag]) -> Entries:
    return Entries(tuple(_flag_row(flag) for flag in flags))


def _flag_row(flag: Flag) -> tuple[str, str]:
    term = " ".join([" , ".join(f"`{name}`" for name in flag.names), *_replaced(flag.value)])
    sentences = [sentence(flag.help)]
    sentences += ["Required."] if flag.is_required else []
    sentences += [f"The default is {flag.default}."] if flag.default else []
    sentences += ["Can be given more than once."] if flag.is_repeatable else []
    return term, " ".join(sentences)


def _argument_row(argument: Argument) -> tuple[str, str]:
    return f"<{argument.value.metavar.removesuffix('...')}>", sentence(argument.help)


def _term(name: str, value: Value | None) -> str:
    return " ".join([f"`{name}`", *_replaced(value)])


def _replaced(value: Value | None) -> list[str]:
    return [f"<{value.metavar}>"] if value else []


def _once(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))


def _uncapped(summary: str) -> str:
    return f"{summary[:1].lower()}{summary[1:]}".rstrip(".")
