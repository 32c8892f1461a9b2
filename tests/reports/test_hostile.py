from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.reports.consumers import read
from tests.reports.examples import WORKSPACE, context, finding, report, shown, undetermined
from tests.reports.test_json import VALIDATOR
from tf_kms_guard.reports.interface import FORMATS
from tf_kms_guard.reports.lines import cells
from tf_kms_guard.rules.finding import (
    Fix,
    Idle,
    InputError,
    PrincipalShown,
    Related,
    Report,
    Suppression,
    WorkspaceShown,
)
from tf_kms_guard.values.span import Span

_PIECES = ["\x1b[31m", "\x1b]8;;http://x\x07", "\u202e", "\u2066", "\n", "\r", "\t", "\x00", "\x9b", "\ud800"]
_PIECES += [
    "日本",
    "e\u0301",
    "😀",
    "\u2028",
    "::error::",
    "[bold]",
    "x" * 90,
    " ",
    "  ",
    "a b",
    "\ufeff",
    "\u200d",
]
texts = st.lists(st.sampled_from(_PIECES) | st.text(max_size=12), max_size=6).map("".join)
encodable = texts.map(lambda text: text.encode("utf-8", "replace").decode())
numbers = st.integers(1, 300)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    line = draw(st.sampled_from([1, 9, 99_999]))
    end = line if draw(st.booleans()) else line + 3
    return Span(draw(texts), line, draw(numbers), end, draw(numbers))


@st.composite
def reports(draw: st.DrawFn) -> Report:
    def several(strategy: st.SearchStrategy[Any]) -> tuple[Any, ...]:
        return tuple(draw(st.lists(strategy, max_size=2)))

    found = finding(
        message=draw(texts),
        label=draw(texts),
        # The fingerprint is made of these.
        resource=draw(st.none() | encodable),
        principal=PrincipalShown("role", draw(encodable)),
        actions=several(encodable),
        workspace=draw(texts),
        buckets=several(texts),
        key=draw(texts),
        why=several(texts),
        nearest=draw(st.none() | texts),
        location=draw(st.none() | spans()),
        related=several(st.builds(Related, texts, spans())),
        fix=Fix(draw(texts), {draw(texts): draw(texts)}, where=draw(st.none() | texts)),
    )
    unknown = undetermined(
        because=draw(texts),
        settle=draw(texts),
        principal=draw(texts),
        bucket=draw(texts),
        location=draw(st.none() | spans()),
        workspace=draw(texts),
    )
    error = InputError("input", draw(texts), file=draw(st.none() | texts), line=draw(st.none() | numbers))
    workspaces = (
        WORKSPACE,
        WorkspaceShown(draw(texts), draw(texts), "hcl", {draw(texts): (None, draw(texts))}),
    )
    comment = Suppression("in-source", draw(texts), None, draw(spans()))
    return report(
        found,
        *several(st.just(replace(found, suppression=comment))),
        undetermined=(unknown,),
        errors=(error,),
        workspaces=workspaces,
        idle=several(st.builds(Idle, st.just("invalid"), texts, spans())),
    )


class Everywhere(dict[tuple[str, int], str]):
    """The same line of source at every place."""

    def __init__(self, line: str) -> None:
        self._line = line

    def get(self, key: object, default: Any = None) -> Any:
        return self._line


@settings(max_examples=300, deadline=None)
@given(reports(), texts.map(lambda line: line.replace("\n", "")), st.sampled_from([40, 57, 80, 200]))
def test_text_is_inert_and_keeps_to_its_width(of: Report, line: str, width: int) -> None:
    text = shown(of, context(Everywhere(line), ("", ""), width=width))
    assert text.replace("\n", "").isprintable()
    assert max(map(cells, text.split("\n"))) <= width
    coloured = shown(of, context(Everywhere(line), ("", ""), width=width, color=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text


@settings(max_examples=200, deadline=None)
@given(reports())
def test_json_is_valid_whatever_the_strings_hold(of: Report) -> None:
    text = shown(of, context(), "json")
    document = json.loads(text)
    VALIDATOR.validate(document)
    json.dumps(document, ensure_ascii=False).encode()


@settings(max_examples=200, deadline=None)
@given(reports(), texts, st.sampled_from([*FORMATS]))
def test_every_format_is_valid_and_prints_no_control_character(of: Report, snippet: str, name: str) -> None:
    output = shown(of, context(snippets=(snippet, snippet)), name)
    assert output.replace("\n", "").isprintable()
    read(name, output)


@settings(max_examples=50, deadline=None)
@given(texts)
def test_a_snippet_is_inert_too(snippet: str) -> None:
    text = shown(report(finding()), context(snippets=(snippet, snippet)))
    assert text.replace("\n", "").isprintable()
