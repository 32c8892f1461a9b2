"""Mistakes in how the program is called."""

from __future__ import annotations


class UsageError(Exception):
    """A wrong argument or a target that cannot be read: one line for people, and exit code 2."""
