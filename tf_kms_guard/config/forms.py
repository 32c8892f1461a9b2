"""The forms that names and ids have, for options and configuration alike."""

from __future__ import annotations

from collections.abc import Iterable


def is_account_id(text: str) -> bool:
    """Whether it is an AWS account id: twelve digits."""
    return len(text) == 12 and text.isascii() and text.isdigit()


def is_region(text: str) -> bool:
    """Whether it looks like a Region: ``eu-west-1``."""
    parts = text.split("-")
    return len(parts) >= 3 and all(parts) and parts[-1].isdigit() and text.isascii() and text == text.lower()


def is_workspace_name(text: str) -> bool:
    """Whether it can be the name of a Terraform workspace."""
    return bool(text) and not any(character.isspace() or character == "/" for character in text)


def nearest(word: str, there: Iterable[str]) -> str | None:
    """The one that ``word`` is most likely a slip for."""
    from difflib import get_close_matches

    lower = {one.lower(): one for one in there}
    near = get_close_matches(word.lower(), lower, n=1, cutoff=0.5)
    return lower[near[0]] if near else None
