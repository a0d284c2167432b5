"""One text of help in its three forms: a phrase in a list, a sentence in the manual, a summary."""


def phrase(text: str) -> str:
    """One sentence without its full stop, as a list shows it; several unchanged."""
    whole = " ".join(text.split())
    return whole if ". " in whole else whole.removesuffix(".")


def sentence(text: str) -> str:
    """The text with a full stop at its end, so that another sentence can follow."""
    whole = " ".join(text.split())
    return whole if not whole or whole.endswith((".", "?", "!")) else f"{whole}."


def summary(text: str) -> str:
    """The first sentence without its full stop; it ends at the latest with its paragraph."""
    first = text.strip().partition("\n\n")[0]
    return phrase(" ".join(first.split()).partition(". ")[0])


def sentences(text: str) -> str:
    """All paragraphs on one line, each with a full stop at its end."""
    return " ".join(sentence(paragraph) for paragraph in text.strip().split("\n\n"))
