"""Whatever the names in somebody's Terraform are, a report shows them and does nothing else with them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lxml import html

from tests.reports.consumers import commands, page, read, rows, shape, strings
from tests.reports.examples import KP001, WORKSPACE, context, finding, report, shown, undetermined
from tf_kms_guard.reports.interface import FORMATS, ReportContext, RuleHelp
from tf_kms_guard.reports.lines import shown as printable
from tf_kms_guard.rules.finding import (
    Finding,
    Fix,
    InputError,
    PrincipalShown,
    Related,
    Report,
    Severity,
    WorkspaceShown,
)
from tf_kms_guard.values.span import Span

HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "html attribute": "\" onmouseover=alert(1) x='",
    "end of the block": "</summary></details></code></pre><h1>x</h1>",
    "comment": "<!-- x --> --> <!--",
    "entity": "&lt;b&gt; &#60;i&#62; &amp;lt; &x;",
    "end of CDATA": "]]><x/><![CDATA[",
    "doctype": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>&a;',
    "link": "[click](https://evil.example) ![x](https://evil.example/x.png) [x]: https://evil.example",
    "bare link": "see https://evil.example, www.evil.example and somebody@evil.example <https://evil.example>",
    "SARIF link and placeholder": "[click](1) {0} {1} {{0}}",
    "mention": "@octocat @acme/admins (@octocat) acme/repo#1 #1 GH-1 :tada:",
    "backticks": "` `` ``` ```` `x` ```mermaid",
    "fence": "x\n```\n# heading\n~~~\n    code",
    "table": "a | b || \\| \\\\| c |\n|---|---|",
    "backslashes": "\\ \\\\ \\` x\\",
    "emphasis": "*a* **b** _c_ ~~d~~ # e > f - g 1. h 2) i + j === ---",
    "heading at the start": "# heading",
    "list at the start": "1. one",
    "task": "- [x] done",
    "mathematics": "$x$ $$\\href{javascript:alert(1)}{x}$$ $`x`$",
    "workflow command": "::error::x ::set-output name=a::b ##[error]x ::stop-commands::x",
    "workflow command in a new line": "x\n::error file=a::injected\r\n::warning::injected",
    "workflow escapes": "%0A::error::x %0D %25 %3A %2C %",
    "workflow property": "a,file=b,line=1::x",
    "formula": "=cmd|' /C calc'!A0",
    "formula with a sign": "+1-1",
    "formula with an at": "@SUM(1)",
    "formula with a minus": "-2+3",
    "formula after white space": "\t=1+1",
    "wide formula": "＝1+1",
    "quotes": '"a",\'b\',"""',
    "escapes of a terminal": "\x1b[31mred\x1b[0m\x1b]8;;https://evil.example\x07x\x9b31m",
    "line breaks": "a\nb\rc\r\nd\x85e\u2028f\u2029g\x0bh\x0c",
    "bidi controls": "a\u202eb\u2066c\u200f\u200e\u061c",
    "invisible characters": "a\u200bb\u200dc\ufeffd\u00ade\U000e0041",
    "NUL": "a\x00b",
    "no characters": "\ufffe\uffff\ufdd0",
    "lone surrogates": "\ud800x\udfff \udc80",
    "long": "x" * 10_000,
    "long with spaces": "x= " * 3_333,
    "nothing": "",
    "a space": " ",
}

NAMES = [*FORMATS]
RULES = [RuleHelp(KP001, "What it finds.")]


def whole(text: str) -> Report:
    """A report with ``text`` wherever somebody else's text can stand."""
    where = Span(text, 7, 3, 7, 9)

    def found(**changes: Any) -> Finding:
        return finding(
            message=text,
            label=text,
            resource=text,
            principal=PrincipalShown(text, text),
            actions=(text,),
            workspace=text,
            buckets=(text, text),
            key=text,
            why=(text, text),
            nearest=text,
            location=where,
            related=(Related(text, where),),
            fix=Fix(text, {text: text}, where=text),
            **changes,
        )

    unknown = undetermined(
        because=text, settle=text, principal=text, bucket=text, location=where, workspace=text, gate=text
    )
    errors = (
        InputError("input", text, file=text, line=7),
        InputError("evaluation", text, file=text),
        InputError("syntax", text),
    )
    workspaces = (WORKSPACE, WorkspaceShown(text, text, "hcl", {text: (None, text)}))
    findings = (found(), found(severity=Severity.WARNING), found(severity=Severity.NOTE))
    return report(*findings, undetermined=(unknown,), errors=errors, workspaces=workspaces)


def around(text: str) -> ReportContext:
    plain = context()
    return ReportContext(
        "1.2.3", lambda span: (text,), lambda fix: (text, text), rules=lambda: RULES, width=plain.width
    )


def written(name: str, text: str) -> str:
    return shown(whole(text), around(text), name)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", NAMES)
def test_hostile_text_is_data(name: str, text: str) -> None:
    output = written(name, text)
    output.encode("utf-8")
    assert output.replace("\n", "").isprintable()
    of = read(name, output)
    if name == "text":
        return
    if name == "markdown" and len(text) > 1_000:
        assert len(output) <= 65_536
        return
    assert shape(of) == shape(read(name, written(name, like(name, text))))
    if name in ("json", "sarif", "gitlab", "junit", "checkstyle", "csv", "github"):
        assert any(expected(name, text) in one for one in strings(of))


def like(name: str, text: str) -> str:
    """Harmless text of which a report has the same shape."""
    if name == "markdown":
        # A list that would be empty has no place in it, and a statement that would be empty is not shown.
        return "x" if text.strip() else text
    return "x" * bool(text) + "\nx" * text.count("\n") if name == "github" else "x" * bool(text)


def expected(name: str, text: str) -> str:
    if name == "json":
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if name == "sarif":
        return re.sub(r"\{(\d+)\}", r"{{\1}}", printable(text).replace("](", "] ("))
    return printable(text)


WORDS = re.compile(r"[\w \xa0,;:.()\"'·–…🔴🟠🔵❔✅]*")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_outside_code_there_is_nothing_that_github_could_turn_into_a_link_or_a_mention(text: str) -> None:
    body = page(written("markdown", text))
    for code in body.xpath("//code"):
        code.drop_tree()
    for one in strings(body):
        assert WORDS.fullmatch(one.replace("\n", "").replace("tf-kms-guard", "")), one
        assert not re.search(r"\S[:.]\S|[\w.]\(|:\w+:", one), one


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_comment_has_the_elements_that_we_write_and_no_other(text: str) -> None:
    body = page(written("markdown", text))
    tags = {element.tag for element in body.iter() if isinstance(element.tag, str)}
    ours = {"body", "p", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "b", "em"}
    assert tags <= ours | {"strong", "ul", "li", "code", "pre"}
    assert {name for element in body.iter() for name in element.attrib} <= {"class"}
    classes = {element.get("class") for element in body.iter()} - {None}
    assert classes <= {"language-mermaid", "language-hcl", "language-json"}
    blocks = 3 if len(text) < 1_000 else len(body.xpath("//details"))
    assert len(body.xpath("//details")) == len(body.xpath("//details/summary")) == blocks
    assert all(isinstance(element, html.HtmlComment) or isinstance(element.tag, str) for element in body.iter())
    assert [comment.text for comment in body.iter(html.etree.Comment)] == [" tf-kms-guard "]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_picture_holds_our_own_words_alone(text: str) -> None:
    for block in page(written("markdown", text)).xpath("//code[@class='language-mermaid']"):
        assert re.fullmatch(r"[\w\s()\[\]\"<>/#,:✅⛔❔-]*", block.text_content())
        labels = re.findall(r'"([^"]*)"', block.text_content())
        assert all(re.fullmatch(r"[A-Za-z0-9 ✅⛔❔]*(<br/>(open|CLOSED|unknown))?", label) for label in labels)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_cell_of_a_spreadsheet_is_a_formula(text: str) -> None:
    for row in rows(written("csv", text)):
        assert not any(value.lstrip()[:1] in tuple("=+-@＝＋－＠\t\r") for value in row.values() if value)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_log_has_a_command_for_each_entry_and_no_other_line(text: str) -> None:
    log = written("github", text)
    names = [command.name for command in commands(log)]
    assert names == ["error", "error", "error", "warning", "notice", "notice", "notice"]
    assert not re.search(r"^(?!::(error|warning|notice) )", log.rstrip("\n"), re.MULTILINE)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_sarif_message_has_no_link_and_no_placeholder(text: str) -> None:
    log = read("sarif", written("sarif", text))
    messages = [result["message"]["text"] for result in log["runs"][0]["results"]]
    assert all("](" not in one and not re.search(r"(?<!\{)\{\d+\}(?!\})", one) for one in messages)
