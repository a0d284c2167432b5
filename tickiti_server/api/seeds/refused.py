"""The error of a seed."""


class SeedRefused(Exception):
    """A seed is wrong, and nothing of it was applied. The message names entry and field."""
