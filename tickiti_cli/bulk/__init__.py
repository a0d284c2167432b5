"""Many writes from a file: the lines, the job that remembers them, and how they are sent."""
