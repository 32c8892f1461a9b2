"""Finding the configuration of a target: a few looks at the file system, and nothing else is imported."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from tf_kms_guard.terraform.files import repository_root

FILE_NAME: Final = ".tf-kms-guard.hcl"
"""How the configuration is called."""


def find_config(directory: Path) -> Path | None:
    """The configuration that counts in a directory: its own, else that of the nearest directory above it.

    Not looked for above the repository; without one, not above the working directory, or above ``directory`` itself if
    that lies elsewhere. A link that leads nowhere is found too, so that somebody says it.
    """
    root = repository_root(directory)
    place = directory.resolve()
    while True:
        candidate = place / FILE_NAME
        if os.path.lexists(candidate):
            return candidate
        if place in (root, place.parent):
            return None
        place = place.parent
