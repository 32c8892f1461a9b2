"""A plan or state that cannot be read."""

from __future__ import annotations


class UnreadableRecord(Exception):
    """A file that is no plan or state, or one that cannot be read.

    The message is one line for people: what is wrong, and how to mend it. It does not name the file.
    """
