"""What client and server agree on: endpoints, errors, token and lock file shapes.

A leaf: standard library only, imported by both sides, importing neither.
"""
