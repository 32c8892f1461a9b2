"""A browser reads the Markdown report: its parser is the one that counts when hostile text is about."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from markdown_it import MarkdownIt

from tests.oracles import require_oracle
from tests.reports.test_inert import HOSTILE, written

pytestmark = pytest.mark.oracle

SCRIPT = """
const seen = PAGES.map(page => {
  const parsed = new DOMParser().parseFromString(page, "text/html");
  const walker = parsed.createTreeWalker(parsed, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_COMMENT);
  const found = [];
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    const attributes = node.attributes ? Array.from(node.attributes, one => `${one.name}=${one.value}`) : [];
    found.push([node.nodeName, ...attributes].join(" "));
  }
  return found;
});
const result = document.createElement("pre");
result.id = "seen";
result.textContent = JSON.stringify(seen);
document.body.replaceChildren(result);
"""


def seen_by_a_browser(comments: Sequence[str], directory: Path) -> list[list[str]]:
    """The elements and comments of each page, in order, with their attributes."""
    program = require_oracle("chromium-headless-shell", "chromium")
    pages = [MarkdownIt("gfm-like", {"html": True}).render(comment) for comment in comments]
    written = json.dumps(pages).replace("<", "\\u003c")
    page = directory / "page.html"
    page.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><body><script>const PAGES = {written};{SCRIPT}</script>',
        encoding="utf-8",
    )
    command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=True)
    (result,) = html.document_fromstring(done.stdout).xpath("//pre[@id='seen']")
    found: list[list[str]] = json.loads(result.text_content())
    return found


def test_hostile_text_adds_no_element_to_the_page_that_a_browser_sees(tmp_path: Path) -> None:
    texts = {name: text for name, text in HOSTILE.items() if len(text) < 1_000 and text.strip()}
    plain, *seen = seen_by_a_browser([written("markdown", text) for text in ("x", *texts.values())], tmp_path)

    def without_code(nodes: Any) -> list[str]:
        return [node for node in nodes if node != "CODE"]

    assert {"DETAILS", "SUMMARY", "TABLE", "CODE class=language-mermaid", "#comment"} <= set(plain)
    for name, nodes in zip(texts, seen, strict=True):
        assert without_code(nodes) == without_code(plain), name
