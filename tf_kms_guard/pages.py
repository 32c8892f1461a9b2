"""Where the pages of this project are on the web; the only place that says it."""

from __future__ import annotations

from typing import Final

HOME: Final = "https://github.com/tf-kms-guard/tf-kms-guard"
"""The repository."""
DOCS: Final = f"{HOME}/blob/main/docs"
"""The folder ``docs/`` in it."""

CHECKOV: Final = f"{DOCS}/ci/checkov.md"
"""The page about checkov."""


def rule_page(id_: str) -> str:
    """The address of the page of a rule."""
    return f"{DOCS}/rules/{id_}.md"
