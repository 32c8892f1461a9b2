"""The generated pages are what the rules and their examples say, and every link leads somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tf_kms_guard.rules.catalogue import GROUPS_OF_RULES

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "sample_modules" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


def test_the_generated_pages_are_what_the_rules_and_their_examples_say() -> None:
    command = [sys.executable, str(ROOT / "docs" / "generate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_internal_link_leads_somewhere(page: Path) -> None:
    dead = [target for target in links(page.read_text(encoding="utf-8")) if not leads_somewhere(page, target)]
    assert dead == []


def test_the_readme_names_every_group_of_rules() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| ([A-Z]{2}) \|", readme, re.MULTILINE) == list(GROUPS_OF_RULES)


def links(text: str) -> Iterator[str]:
    """The targets of a page's links and pictures that lie in this repository."""
    prose = without_code(text)
    found = re.findall(r"\]\(<?([^)\s>]+)", prose) + re.findall(r"^\s*\[[^\]]+\]:\s*(\S+)", prose, re.MULTILINE)
    yield from (target for target in found if not re.match(r"[a-z][a-z0-9+.-]*:", target))


def without_code(text: str) -> str:
    """A page's prose: no fenced blocks and no code in the line."""
    text = re.sub(r"^ *(`{3,}|~{3,}).*?^ *\1", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = (page.parent / unquote(path)).resolve() if path else page
    if not file.exists() or not file.is_relative_to(ROOT):
        return False
    return not anchor or file.suffix != ".md" or anchor in anchors(file.read_text(encoding="utf-8"))


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    prose = re.sub(r"^ *(`{3,}|~{3,}).*?^ *\1", "", text, flags=re.MULTILINE | re.DOTALL)
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6}\s+(.+?)\s*#*$", prose, re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        number = 0
        while (candidate := words if number == 0 else f"{words}-{number}") in found:
            number += 1
        found.add(candidate)
    return found
