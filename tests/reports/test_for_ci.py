"""The formats of CI systems and spreadsheets: JUnit, GitHub, GitLab, Checkstyle, CSV."""

from __future__ import annotations

from typing import Any

from tests.reports import consumers
from tests.reports.examples import HCL, KP001, READER, WORKSPACE, context, finding, report, shown, undetermined
from tf_kms_guard.reports.interface import ReportContext, RuleHelp
from tf_kms_guard.rules.finding import Fix, InputError, RuleInfo, Severity, WorkspaceShown
from tf_kms_guard.values.span import Span

BP001 = RuleInfo("BP001", "bucket-policy-denies-outsider", Severity.ERROR, "bucket-policy", "…", "…")
BROKEN = InputError("syntax", "expected a closing brace", file="broken.tf", line=3)
UNKNOWN = InputError("module-missing", "run terraform get")
MESSAGE = finding().message
EVERYTHING = report(
    finding(),
    finding(severity=Severity.WARNING, location=Span("kms.tf", 5, 3, 5, 9)),
    finding(severity=Severity.NOTE, location=None),
    undetermined=(undetermined(),),
    errors=(BROKEN, UNKNOWN),
)


# ---- JUnit


def suites(of: Any, how: ReportContext | None = None) -> dict[str, Any]:
    root = consumers.junit(shown(of, how, "junit"))
    found = {suite.get("name"): suite for suite in root}
    for count in ("tests", "failures", "errors"):
        assert root.get(count) == str(sum(int(suite.get(count)) for suite in root))
    for suite in root:
        assert suite.get("tests") == str(len(suite))
        names = [(case.get("classname"), case.get("name")) for case in suite]
        assert len(set(names)) == len(names)
    return found


def outcomes(suite: Any) -> list[tuple[str, str | None]]:
    return [(case.get("classname"), case[0].tag if len(case) else None) for case in suite]


def test_junit_has_a_suite_for_each_workspace_and_a_test_for_each_finding_or_silent_rule() -> None:
    rules = [RuleHelp(BP001, "…"), RuleHelp(KP001, "…")]
    dev = WorkspaceShown("envs/dev", "envs/dev", "hcl")
    found = suites(report(finding(), workspaces=(WORKSPACE, dev)), ReportContext("1", rules=lambda: rules))
    assert list(found) == ["envs/prod", "envs/dev"]
    assert outcomes(found["envs/prod"]) == [("tf-kms-guard.BP001", None), ("tf-kms-guard.KP001", "failure")]
    assert outcomes(found["envs/dev"]) == [("tf-kms-guard.BP001", None), ("tf-kms-guard.KP001", None)]
    assert (found["envs/prod"].get("failures"), found["envs/dev"].get("failures")) == ("1", "0")


def test_junit_shows_the_whole_finding() -> None:
    (case,) = suites(report(finding()), context())["envs/prod"]
    assert case.get("name") == f"key-policy-denies-outsider: module.lake.aws_kms_key.data: {READER}"
    assert (case[0].get("type"), case[0].get("message")) == ("error", MESSAGE)
    assert case[0].text.startswith("error[KP001]: role/reader in 444455556666 cannot read")
    assert "--> modules/lake/kms.tf:12:3" in case[0].text
    assert '= nearest: statement "Own" names account' in case[0].text


def test_junit_skips_what_is_no_error_and_reports_what_could_not_be_read() -> None:
    found = suites(EVERYTHING)
    assert outcomes(found["input"]) == [("tf-kms-guard.input", "error"), ("tf-kms-guard.input", "skipped")]
    assert found["input"][0][0].get("message") == "expected a closing brace"
    assert [outcome for _, outcome in outcomes(found["envs/prod"])] == ["failure", "skipped", "skipped", "skipped"]
    assert found["envs/prod"][-1][0].get("type") == "gate-undetermined"
    assert "settle: check the configuration" in found["envs/prod"][-1][0].text


# ---- GitHub


def test_github_annotates_the_place() -> None:
    (command,) = consumers.commands(shown(report(finding()), None, "github"))
    assert command.name == "error"
    assert command.properties == {
        "file": "modules/lake/kms.tf",
        "line": "12",
        "endLine": "30",
        "title": "KP001 key-policy-denies-outsider",
    }
    assert command.message.split("\n") == [
        MESSAGE,
        "gates: bucket policy open · key policy CLOSED · identity S3 open · identity KMS unknown",
        'nearest: statement "Own" names account 111122223333 only',
        "because: account of aws.owner is 111122223333 (allowed_account_ids, providers.tf:6)",
        "help: add this statement to the key policy (in account 111122223333):",
        *HCL.split("\n"),
    ]


def test_github_takes_columns_for_places_in_one_line_only() -> None:
    one = finding(location=Span("kms.tf", 5, 3, 5, 9))
    (command,) = consumers.commands(shown(report(one), None, "github"))
    assert {"line": "5", "endLine": "5", "col": "3", "endColumn": "9"}.items() <= command.properties.items()


def test_github_shows_the_worst_first_for_it_shows_ten_of_a_kind() -> None:
    found = consumers.commands(shown(EVERYTHING, None, "github"))
    assert [command.name for command in found] == ["error", "error", "warning", "notice", "notice", "notice"]
    assert found[0].properties == {
        "file": "broken.tf",
        "line": "3",
        "endLine": "3",
        "col": "1",
        "endColumn": "1",
        "title": "input syntax",
    }
    assert found[-1].message.startswith("undetermined (key policy; 1 case): data.aws_kms_key.shared.policy is not")


# ---- GitLab


def test_gitlab_lists_issues_with_their_severity_and_place() -> None:
    issues = consumers.gitlab(shown(EVERYTHING, None, "gitlab"))
    assert [issue["severity"] for issue in issues] == ["blocker", "info", "critical", "major", "info", "info"]
    assert [issue["check_name"] for issue in issues][2:] == ["tf-kms-guard/KP001"] * 3 + ["tf-kms-guard/UN001"]
    assert [(issue["location"]["path"], issue["location"]["lines"]["begin"]) for issue in issues] == [
        ("broken.tf", 3),
        (".", 1),
        ("modules/lake/kms.tf", 12),
        ("kms.tf", 5),
        ("envs/prod", 1),
        ("kms.tf", 3),
    ]
    assert issues[2]["description"] == MESSAGE


def test_gitlab_finds_an_issue_again_after_its_lines_have_moved() -> None:
    def fingerprints(*lines: int, workspace: str = "envs/prod") -> list[str]:
        found = [finding(location=Span("a.tf", line, 1, line, 2), workspace=workspace) for line in lines]
        return [issue["fingerprint"] for issue in consumers.gitlab(shown(report(*found), None, "gitlab"))]

    assert fingerprints(1) == fingerprints(7)
    assert fingerprints(1) != fingerprints(1, workspace="envs/dev")
    assert len(set(fingerprints(1, 2, 3))) == 3


# ---- Checkstyle


def test_checkstyle_lists_errors_by_file() -> None:
    root = consumers.checkstyle(shown(EVERYTHING, None, "checkstyle"))
    found = [
        (file.get("name"), error.get("line"), error.get("column"), error.get("severity"), error.get("source"))
        for file in root
        for error in file
    ]
    assert found == [
        ("broken.tf", "3", "1", "error", "tf-kms-guard.input"),
        (".", "0", None, "info", "tf-kms-guard.input"),
        ("modules/lake/kms.tf", "12", "3", "error", "tf-kms-guard.KP001"),
        ("kms.tf", "5", "3", "warning", "tf-kms-guard.KP001"),
        ("kms.tf", "3", "1", "info", "tf-kms-guard.UN001"),
        ("envs/prod", "0", None, "info", "tf-kms-guard.KP001"),
    ]


# ---- CSV


def test_csv_has_a_row_for_each_finding_undetermined_gate_and_error() -> None:
    rows = consumers.rows(shown(EVERYTHING, None, "csv"))
    assert [row["level"] for row in rows] == ["error", "note", "error", "warning", "note", "undetermined"]
    assert rows[2] == {
        "level": "error",
        "rule": "KP001",
        "name": "key-policy-denies-outsider",
        "confidence": "high",
        "gate": "key-policy",
        "workspace": "envs/prod",
        "resource": "module.lake.aws_kms_key.data",
        "buckets": "aws_s3_bucket.data",
        "principal": READER,
        "actions": "kms:Decrypt",
        "file": "modules/lake/kms.tf",
        "line": "12",
        "column": "3",
        "message": MESSAGE,
        "help": "add this statement to the key policy (in account 111122223333)",
        "fingerprint": finding().fingerprint,
        "change": "",
    }
    assert (rows[5]["message"], rows[5]["gate"]) == ("data.aws_kms_key.shared.policy is not visible", "key-policy")


def test_csv_of_a_clean_run_has_its_header() -> None:
    text = shown(report(), None, "csv")
    assert text.startswith('"level","rule","name",')
    assert text.count("\n") == 1


def test_csv_shows_a_formula_as_text() -> None:
    (row,) = consumers.rows(shown(report(finding(message="=1+1", fix=Fix(" @x"))), None, "csv"))
    assert (row["message"], row["help"]) == ("'=1+1", "' @x")


# ---- What a plan changes


def test_what_a_plan_resolves_is_no_problem_any_more() -> None:
    changed = report(
        finding(change="introduced", location=Span("new.tf", 1, 1, 1, 2)),
        finding(change="resolved", location=Span("old.tf", 1, 1, 1, 2)),
    )
    assert [issue["location"]["path"] for issue in consumers.gitlab(shown(changed, None, "gitlab"))] == ["new.tf"]
    for format_ in ("github", "checkstyle", "junit", "markdown"):
        text = shown(changed, None, format_)
        assert "new.tf" in text, format_
        assert "old.tf" not in text, format_
    states = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: result["baselineState"]
        for result in consumers.sarif(shown(changed, None, "sarif"))["runs"][0]["results"]
    }
    assert states == {"new.tf": "new", "old.tf": "absent"}
    assert [row["change"] for row in consumers.rows(shown(changed, None, "csv"))] == ["introduced", "resolved"]
