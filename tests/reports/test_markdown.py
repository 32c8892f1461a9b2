from __future__ import annotations

from typing import Any

import pytest

from tests.reports.consumers import page
from tests.reports.examples import HCL, JSON, WORKSPACE, context, finding, report, shown, undetermined
from tf_kms_guard.reports.inert import code, fenced, html, markdown
from tf_kms_guard.rules.finding import Fix, InputError, Related, Report, Severity, WorkspaceShown
from tf_kms_guard.values.span import Span


def comment(of: Report) -> Any:
    return page(shown(of, context(), "markdown"))


def texts(elements: list[Any]) -> list[str]:
    return [" ".join(element.text_content().split()) for element in elements]


def test_the_table_has_a_row_for_each_finding() -> None:
    body = comment(report(finding(), finding(severity=Severity.WARNING, location=None, resource=None)))
    assert texts(body.xpath("//th")) == ["", "rule", "resource", "principal", "place"]
    assert [texts(row.xpath("td")) for row in body.xpath("//tbody/tr")] == [
        [
            "🔴 error",
            "KP001",
            "module.lake.aws_kms_key.data",
            "arn:aws:iam::444455556666:role/reader",
            "modules/lake/kms.tf:12",
        ],
        ["🟠 warning", "KP001", "–", "arn:aws:iam::444455556666:role/reader", "–"],
    ]


def test_the_workspace_is_a_column_when_there_are_several() -> None:
    dev = WorkspaceShown("envs/dev", "envs/dev", "hcl")
    body = comment(report(finding(), workspaces=(WORKSPACE, dev)))
    assert texts(body.xpath("//th"))[-1] == "workspace"
    assert texts(body.xpath("//td"))[-1] == "envs/prod"


def test_a_finding_is_a_block_to_open() -> None:
    (block,) = comment(report(finding())).xpath("//details")
    (summary,) = texts(block.xpath("summary"))
    assert summary == f"🔴 KP001 {finding().message}"
    assert texts(block.xpath(".//li")) == [
        "modules/lake/kms.tf:12:3: nothing here allows kms:Decrypt to arn:aws:iam::444455556666:role/reader",
        "envs/prod/bucket.tf:31:28: it is meant to read: the bucket policy allows it s3:GetObject",
        "gates: bucket policy open · key policy CLOSED · identity S3 open · identity KMS unknown",
        'nearest: statement "Own" names account 111122223333 only',
        "because: account of aws.owner is 111122223333 (allowed_account_ids, providers.tf:6)",
    ]
    (snippet,) = block.xpath(".//code[@class='language-hcl']")
    assert snippet.text_content().rstrip("\n") == HCL


def test_a_statement_of_a_json_policy_is_shown_as_json() -> None:
    body = comment(report(finding(fix=Fix("add", {"Action": "x"}, "json"))))
    (snippet,) = body.xpath("//code[@class='language-json']")
    assert snippet.text_content().rstrip("\n") == JSON


PICTURE = """\
flowchart LR
  who(["role"])
  who --> g0["✅ identity S3<br/>open"]
  g0 --> g1["❔ identity KMS<br/>unknown"]
  g1 --> g2["✅ bucket policy<br/>open"]
  g2 --> g3["⛔ key policy<br/>CLOSED"]
  g3 --x object[("object")]
  classDef allowed fill:#dafbe1,stroke:#1a7f37,color:#116329
  class g0,g2 allowed
  classDef denied fill:#ffebe9,stroke:#cf222e,color:#82071e,stroke-width:3px
  class g3 denied
  classDef undetermined fill:#f6f8fa,stroke:#6e7781,color:#24292f,stroke-dasharray:4
  class g1 undetermined
"""


def test_the_closed_gate_is_marked_on_the_way_to_the_object() -> None:
    (picture,) = comment(report(finding())).xpath("//code[@class='language-mermaid']")
    assert picture.text_content() == PICTURE
    assert comment(report(finding(gates=()))).xpath("//code[@class='language-mermaid']") == []


def test_what_is_undetermined_and_what_could_not_be_read_is_listed() -> None:
    errors = (
        InputError("syntax", "expected a closing brace", file="broken.tf", line=3),
        InputError("evaluation", "no such attribute", file="main.tf", line=4),
    )
    body = comment(report(undetermined=(undetermined(),), errors=errors))
    first, note, second, *details = texts(body.xpath("//li"))
    assert first == "error: broken.tf:3: expected a closing brace"
    assert note == "note: main.tf:4: no such attribute"
    assert second.startswith("undetermined (key policy; 1 case): data.aws_kms_key.shared.policy is not visible (kms.tf")
    assert details == [
        "key policy: arn:aws:iam::444455556666:role/reader for aws_s3_bucket.data",
        "settle: check the configuration that declares the key too",
    ]


def test_a_clean_run_says_what_it_read() -> None:
    text = shown(report(), context(), "markdown")
    assert text == ("<!-- tf-kms-guard -->\n### tf-kms-guard\n\n✅ 3 buckets, 2 keys, 1 outsider: every gate is open\n")
    assert "✅" not in shown(report(errors=(InputError("syntax", "x"),)), context(), "markdown")


@pytest.mark.parametrize("number", [200, 3_000])
def test_a_comment_keeps_to_githubs_limit_and_says_what_was_left_out(number: int) -> None:
    findings = [finding(location=Span("😀.tf", line, 1, line, 2)) for line in range(1, number + 1)]
    of = report(
        *findings,
        undetermined=tuple(undetermined(because=f"cause {one}") for one in range(number)),
        errors=tuple(InputError("input", f"error {one}") for one in range(number)),
    )
    text = shown(of, context(), "markdown")
    assert 50_000 < len(text) <= 65_536
    body = page(text)
    rows, blocks = len(body.xpath("//tbody/tr")), len(body.xpath("//details"))
    lines = texts(body.xpath("//body/ul/li"))
    errors = sum(line.startswith("error:") for line in lines)
    (left_out,) = texts(body.xpath("//em"))
    parts = [
        (number - errors, "errors of the input"),
        (number - rows, "rows of the table"),
        (number - blocks, "findings in full"),
        (number - (len(lines) - errors), "undetermined causes"),
    ]
    listed = ", ".join(f"{missing} {what}" for missing, what in parts if missing)
    assert left_out == f"Left out, to fit into one comment: {listed}. The JSON report has everything."
    assert rows > 20 or number < 20
    assert blocks > 10


def test_one_finding_that_is_too_long_leaves_room_for_the_others() -> None:
    long = finding(related=(Related("x", Span("a.tf", 1, 1, 1, 2)),), fix=Fix("add", {"Action": "x"}))
    short = finding(fix=Fix("leave it out"))
    how = context(snippets=("x" * 70_000, ""))
    body = page(shown(report(long, short), how, "markdown"))
    assert len(body.xpath("//details")) == 1
    assert "1 finding in full" in texts(body.xpath("//em"))[0]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("the key policy does not allow it kms:Decrypt", "the key policy does not allow it `kms:Decrypt`"),
        ('statement "Own" names it', "statement &quot;Own&quot; names it"),
        ("presumed (role/x, aws_iam_role.x): no", "presumed (`role/x`, `aws_iam_role.x`): no"),
        ("a key's = b.c", "a key&#39;s `= b.c`"),
        ("1. one", "`1`. one"),
        ("account 111122223333 in S3", "account 111122223333 in S3"),
        ("été", "`été`"),
    ],
)
def test_words_stay_words_and_the_rest_is_code(text: str, written: str) -> None:
    assert markdown(text) == written


def test_code_and_fences_cannot_be_closed() -> None:
    assert code("a`b|c") == "`a\\x60b\\x7cc`"
    assert code(" ") == "–"
    assert fenced("a\n```\n````b", "hcl") == "`````hcl\na\n```\n````b\n`````"
    assert html("<b> x") == "<code>&lt;b&gt;</code> x"
