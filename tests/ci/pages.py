"""The files that the pages of ``docs/ci/`` show to be copied, and the commands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cli.support import ROOT

PAGES = sorted((ROOT / "docs" / "ci").glob("*.md"))


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    page: Path
    language: str
    text: str

    @property
    def document(self) -> Any:
        """What it says, of YAML."""
        return yaml.safe_load(self.text)


def blocks() -> Iterator[Block]:
    """All of them, page by page."""
    for page in PAGES:
        for found in re.finditer(r"^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            yield Block(page, found[1], found[2])


def workflows() -> list[Block]:
    """The workflows of GitHub Actions."""
    return [one for one in blocks() if one.language == "yaml" and one.text.startswith("# .github/workflows/")]


def jobs() -> list[list[str]]:
    """The commands of each job, in order, of every page; those of a console by themselves."""
    found = []
    for one in blocks():
        if one in workflows():
            for job in one.document["jobs"].values():
                found.append([step["run"] for step in job["steps"] if "run" in step])
        elif one.text.startswith("# .gitlab-ci.yml"):
            parts = one.document.values()
            found.append([line for job in parts for key in ("before_script", "script") for line in job.get(key, [])])
        elif one.text.startswith("# repos.yaml"):
            steps = one.document["workflows"]["tf-kms-guard"]["plan"]["steps"]
            found.append([step["run"] for step in steps if isinstance(step, dict)])
        elif one.language == "groovy":
            found.append(re.findall(r"^ +sh '(.*)'$", one.text, re.MULTILINE))
        elif one.language == "console":
            found.append([line.removeprefix("$ ") for line in one.text.splitlines() if line.startswith("$ ")])
    return found
