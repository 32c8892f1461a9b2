"""checkov in the same environment: docs/decisions/0002."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path


def warn_of_checkov() -> None:
    """Say on standard error what is wrong where checkov is installed beside us, and how to mend it.

    Both bring a module ``hcl2``, and whichever was installed later has overwritten that of the other.
    """
    if find_spec("checkov") is None:
        return
    sys.stderr.write(
        f"tf-kms-guard: checkov is installed in this environment too ({sys.prefix}). Both bring a Python module named "
        f"hcl2, and the later one has overwritten the other: {_broken()} does not work as it should. Mend it with\n"
        "  pip uninstall --yes tf-kms-guard python-hcl2 bc-python-hcl2\n"
        "  pip install --force-reinstall checkov\n"
        "  pipx install tf-kms-guard\n"
        "so that each has an environment of its own. Our findings in checkov's output: docs/ci/checkov.md\n"
    )


def _broken() -> str:
    """Whose ``hcl2`` is not there: checkov's has versions below 1."""
    spec = find_spec("hcl2")
    place = None if spec is None or spec.origin is None else Path(spec.origin).with_name("version.py")
    if place is None or not place.is_file():
        return "each of them"
    words = place.read_text(encoding="utf-8", errors="replace")
    return "tf-kms-guard" if any(f"{quote}0." in words for quote in "\"'") else "checkov"
