"""The keys of the advisory locks, together, because no two may be equal.

Locks with two keys do not meet those with one: begin_writing() of the first migration takes the
pair of 7136422 and a time.
"""

MIGRATION = 7_136_422_009
"""Of who creates or upgrades the tables."""

BUILD = 7_136_422_010
"""Of who builds the large indexes."""

MOVE = 7_136_422_011
"""Of `server migrate`, on its source and its target; servers share it while they start."""

NAMED = 7_136_424
"""The first of two keys of a lock by name; the other is a checksum of the name."""
