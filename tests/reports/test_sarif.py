from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.cli.support import ROOT, program
from tests.reports import consumers
from tests.reports.examples import KP001, READER, context, finding, report, shown, undetermined
from tf_kms_guard.pages import DOCS
from tf_kms_guard.reports.interface import ReportContext, RuleHelp
from tf_kms_guard.rules.finding import InputError, Report, RuleInfo, Severity
from tf_kms_guard.values.span import Span

UN001 = RuleInfo("UN001", "gate-undetermined", Severity.NOTE, None, "A gate could not be decided", "none")


def run(of: Report, how: ReportContext | None = None) -> Any:
    log = consumers.sarif(shown(of, how, "sarif"))
    assert log["version"] == "2.1.0"
    (only,) = log["runs"]
    return only


def with_rules(*rules: RuleHelp) -> ReportContext:
    return ReportContext("1.2.3", rules=lambda: rules)


def test_a_finding_is_a_result_at_its_place() -> None:
    (result,) = run(report(finding()))["results"]
    assert (result["ruleId"], result["level"]) == ("KP001", "error")
    assert result["message"]["text"] == (
        "role/reader in 444455556666 cannot read s3://acme-shared-data: the key policy does not allow it kms:Decrypt.\n"
        "To open the gate: add this statement to the key policy (in account 111122223333)."
    )
    (location,) = result["locations"]
    assert location == {
        "physicalLocation": {
            "artifactLocation": {"uri": "modules/lake/kms.tf", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 12, "startColumn": 3, "endLine": 30, "endColumn": 4},
        },
        "logicalLocations": [{"fullyQualifiedName": "module.lake.aws_kms_key.data", "kind": "resource"}],
    }
    (related,) = result["relatedLocations"]
    assert related["message"]["text"] == "it is meant to read: the bucket policy allows it s3:GetObject"
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "envs/prod/bucket.tf"
    assert result["properties"]["gates"] == {
        "bucket-policy": "allowed",
        "key-policy": "denied",
        "identity-s3": "allowed",
        "identity-kms": "undetermined",
    }
    assert result["properties"]["principal"] == READER
    assert result["partialFingerprints"] == {"tfKmsGuard/v1": finding().fingerprint}


def test_every_rule_that_ran_is_described_and_results_point_at_theirs() -> None:
    only = run(
        report(finding(), undetermined=(undetermined(),)),
        with_rules(RuleHelp(UN001, "Gates that could not be decided."), RuleHelp(KP001, "Nobody is let in.")),
    )
    rules = only["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["UN001", "KP001"]
    assert rules[1]["fullDescription"]["text"] == "Nobody is let in."
    assert "Nobody is let in." in rules[1]["help"]["text"]
    assert rules[1]["defaultConfiguration"] == {"level": "error"}
    assert [rules[result["ruleIndex"]]["id"] for result in only["results"]] == ["KP001", "UN001"]


def test_the_help_of_a_rule_leads_to_its_page() -> None:
    (rule,) = run(report(finding()))["tool"]["driver"]["rules"]
    assert rule["helpUri"] == f"{DOCS}/rules/KP001.md"
    assert rule["helpUri"] in rule["help"]["text"]
    assert f"]({rule['helpUri']})" in rule["help"]["markdown"]
    ran = program("check", "--format", "sarif", "sample_modules/cross_account_read/ok").out
    for one in consumers.sarif(ran)["runs"][0]["tool"]["driver"]["rules"]:
        assert (ROOT / "docs" / one["helpUri"].removeprefix(f"{DOCS}/")).is_file()


def test_a_rule_is_described_even_if_it_is_not_said_to_have_run() -> None:
    only = run(report(finding()))
    assert [rule["id"] for rule in only["tool"]["driver"]["rules"]] == ["KP001"]
    assert only["results"][0]["ruleIndex"] == 0


def test_no_rule_claims_to_be_a_security_weakness() -> None:
    (rule,) = run(report(finding()))["tool"]["driver"]["rules"]
    assert "security-severity" not in rule["properties"]
    assert "security" not in rule["properties"]["tags"]


def test_what_is_undetermined_is_one_note_for_each_cause() -> None:
    both = (undetermined(), undetermined(gate="identity-kms"), undetermined(because="another cause", location=None))
    results = run(report(undetermined=both))["results"]
    assert [(result["ruleId"], result["level"]) for result in results] == [("UN001", "note"), ("UN001", "note")]
    assert results[0]["message"]["text"] == (
        "undetermined (key policy and identity KMS; 2 cases): data.aws_kms_key.shared.policy is not visible.\n"
        f"key policy: {READER} for aws_s3_bucket.data\n"
        f"identity KMS: {READER} for aws_s3_bucket.data\n"
        "settle: check the configuration that declares the key too"
    )
    assert results[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    assert results[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "envs/prod"


@pytest.mark.parametrize(("kind", "level", "successful"), [("syntax", "error", False), ("evaluation", "note", True)])
def test_what_could_not_be_read_is_a_notification(kind: str, level: str, successful: bool) -> None:
    errors = (InputError(kind, "expected a closing brace", file="broken.tf", line=3),)
    (invocation,) = run(report(errors=errors))["invocations"]
    assert invocation["executionSuccessful"] is successful
    (notification,) = invocation["toolExecutionNotifications"]
    assert (notification["level"], notification["descriptor"]) == (level, {"id": kind})
    assert notification["message"] == {"text": "expected a closing brace"}
    place = notification["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("broken.tf", 3)


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("./a b/ü?#.tf", "a%20b/%C3%BC%3F%23.tf"),
        ("c:/x.tf", "c%3A/x.tf"),
        ("../x.tf", "../x.tf"),
        ("bytes\udcff.tf", "bytes%FF.tf"),
    ],
)
def test_a_path_is_a_uri_relative_to_where_the_program_ran(file: str, uri: str) -> None:
    (result,) = run(report(finding(location=Span(file, 1, 1, 1, 2))))["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": uri, "uriBaseId": "%SRCROOT%"}
    assert not urlsplit(uri).scheme
    assert unquote(uri, errors="surrogateescape") == file.removeprefix("./")


def test_an_absolute_path_is_a_file_uri() -> None:
    (result,) = run(report(finding(location=Span("/srv/a b.tf", 1, 1, 1, 2))))["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location == {"uri": "file:///srv/a%20b.tf"}


def test_a_run_without_findings_has_an_empty_list_of_results() -> None:
    only = run(report())
    assert only["results"] == []
    assert only["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_what_may_be_missing() -> None:
    bare = finding(resource=None, key=None, principal=None, location=None, nearest=None, fix=None, gates=(), related=())
    (result,) = run(report(bare), context())["results"]
    assert result["message"]["text"].endswith("allow it kms:Decrypt.")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "envs/prod"
