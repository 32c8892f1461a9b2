"""Programs that judge us from environments of their own: installed once into the repository's ``.tools``."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.oracles import missing_oracle, require_oracle

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"


def environment(name: str, *packages: str, options: tuple[str, ...] = ()) -> Path:
    """The directory with the programs of an environment that has these packages.

    Where they cannot be installed the test is skipped, or fails where oracles are required.
    """
    place = TOOLS / name
    wanted = "\n".join((sys.version, *packages))
    TOOLS.mkdir(exist_ok=True)
    with open(TOOLS / f"{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests run in several processes
        done = place / "installed.txt"
        if not done.is_file() or done.read_text(encoding="utf-8") != wanted:
            shutil.rmtree(place, ignore_errors=True)
            _run(name, sys.executable, "-m", "venv", str(place))
            _run(
                name,
                str(place / "bin" / "pip"),
                "install",
                "--quiet",
                "--disable-pip-version-check",
                *options,
                *packages,
            )
            done.write_text(wanted, encoding="utf-8")
    return place / "bin"


def _run(name: str, *command: str) -> None:
    variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(command, env=variables, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        missing_oracle(f"{name} could not be installed: {done.stderr.strip()[-2000:]}")


def npm_package(package: str) -> Path:
    """The directory into which a package of npm is installed; the test is skipped, or fails, where that cannot be done."""
    npm = require_oracle("npm")
    place = TOOLS / package
    TOOLS.mkdir(exist_ok=True)
    with open(TOOLS / f"{package}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "node_modules").is_dir():
            place.mkdir(exist_ok=True)
            quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--no-package-lock", "--silent")
            _run(package, npm, "install", *quiet, "--prefix", str(place), package)
    return place
