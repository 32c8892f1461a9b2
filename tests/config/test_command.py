"""What a configuration changes in ``check`` and ``inventory``, and what outranks it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import CLOSED, OPEN, OWNER, PARTNER, RULES, check, guard, shared_bucket, write
from tf_kms_guard.config.discovery import FILE_NAME

OUTSIDER = "777788889999"
UNDETERMINED = (RULES / "UN001" / "bad-two-variables" / "main.tf").read_text(encoding="utf-8")


def no_account(key_principal: str) -> str:
    """A root of which nothing says to which account it is deployed."""
    return shared_bucket(
        key_principal=f'"arn:aws:iam::{key_principal}:root"',
        owner="",
        administrator='"arn:aws:iam::${data.aws_caller_identity.own.account_id}:root"',
        extra='data "aws_caller_identity" "own" {}\n',
    )


NO_ACCOUNT = no_account(PARTNER)
"""The same, with every gate open."""

BY_VARIABLE = shared_bucket(
    key_principal="var.reader",
    extra="""
variable "reader" {
  type = string
}
""",
)
"""Who may use the key is a variable without a value: open for the partner, closed with any other account."""

BY_WORKSPACE = shared_bucket(
    key_principal=f'terraform.workspace == "prod" ? "arn:aws:iam::{PARTNER}:root" : "arn:aws:iam::{OUTSIDER}:root"'
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def put(directory: Path, config: str, roots: Mapping[str, str]) -> None:
    write(directory, {FILE_NAME: config, **{f"{name}/main.tf": text for name, text in roots.items()}})


def accounts(report: Any) -> dict[str, Any]:
    return {one["source"]: one["accounts"]["aws"]["id"] for one in report["workspaces"]}


# ---- what is said of workspaces


def test_an_account_by_name_for_the_roots_that_the_pattern_fits(here: Path) -> None:
    put(
        here,
        f'''
account "prod" {{ id = "{OWNER}" }}
workspace "envs/prod" {{ account = "prod" }}
workspace "envs/test" {{ account = "{OUTSIDER}" }}
''',
        {"envs/prod": NO_ACCOUNT, "envs/test": NO_ACCOUNT, "envs/dev": NO_ACCOUNT},
    )
    ran = check("envs")
    assert accounts(ran.json) == {"envs/dev": None, "envs/prod": OWNER, "envs/test": OUTSIDER}
    (prod,) = (one for one in ran.json["workspaces"] if one["source"] == "envs/prod")
    assert prod["accounts"]["aws"]["evidence"] == f'account of aws is {OWNER} "prod" ({FILE_NAME}:3)'


def test_an_account_counts_for_configurations_that_share_it_and_regions_for_their_own(here: Path) -> None:
    root = """
provider "aws" {}
provider "aws" {
  alias = "replica"
}
resource "aws_s3_bucket" "one" { bucket = "one" }
resource "aws_s3_bucket" "two" {
  provider = aws.replica
  bucket   = "two"
}
"""
    config = f'''
workspace "a" {{
  account = "{OWNER}"
  region  = "eu-west-1"
  regions = {{ "aws.replica" = "eu-central-1" }}
}}
'''
    put(here, config, {"a": root})
    (workspace,) = check("a").json["workspaces"]
    assert {name: one["id"] for name, one in workspace["accounts"].items()} == {"aws": OWNER, "aws.replica": OWNER}
    read = json.loads(guard("inventory", "--format", "json", "a").out)["workspaces"][0]
    assert "eu-central-1" in json.dumps(read)


def test_the_option_outranks_the_configuration(here: Path) -> None:
    put(here, f'workspace "**" {{ account = "{OUTSIDER}" }}', {"prod": NO_ACCOUNT})
    ran = check("--account", OWNER, "prod")
    assert accounts(ran.json) == {"prod": OWNER}
    assert "--account" in ran.json["workspaces"][0]["accounts"]["aws"]["evidence"]


def test_the_later_of_two_blocks_counts(here: Path) -> None:
    config = f'workspace "**" {{ account = "{OUTSIDER}" }}\nworkspace "prod" {{ account = "{OWNER}" }}'
    put(here, config, {"prod": NO_ACCOUNT, "test": NO_ACCOUNT})
    assert accounts(check("prod", "test").json) == {"prod": OWNER, "test": OUTSIDER}


@pytest.mark.parametrize(("reader", "rules"), [(PARTNER, []), (OUTSIDER, ["KP001"])])
def test_values_of_variables(here: Path, reader: str, rules: list[str]) -> None:
    put(here, f'workspace "a" {{ variables = {{ reader = "arn:aws:iam::{reader}:root" }} }}', {"a": BY_VARIABLE})
    report = check("a")
    assert (report.rules, report.json["undetermined"]) == (rules, [])


def test_variables_outrank_files_and_options_outrank_both(here: Path) -> None:
    config = 'workspace "a" {\n  var_files = ["x.tfvars"]\n%s}'
    write(here, {"x.tfvars": f'reader = "arn:aws:iam::{OUTSIDER}:root"'})
    put(here, config % "", {"a": BY_VARIABLE})
    assert check("a").rules == ["KP001"]
    put(here, config % f'variables = {{ reader = "arn:aws:iam::{PARTNER}:root" }}\n', {})
    assert check("a").rules == []
    assert check("--var", f"reader=arn:aws:iam::{OUTSIDER}:root", "a").rules == ["KP001"]
    assert check("--var-file", "x.tfvars", "a").rules == ["KP001"]


def test_a_value_of_a_list_variable(here: Path) -> None:
    root = shared_bucket(
        key_principal="var.readers",
        extra="""
variable "readers" { type = list(string) }
""",
    )
    put(here, f'workspace "a" {{ variables = {{ readers = ["arn:aws:iam::{PARTNER}:root"] }} }}', {"a": root})
    assert (check("a").rules, check("a").json["undetermined"]) == ([], [])


def test_the_name_of_the_workspace(here: Path) -> None:
    put(here, 'workspace "a" { workspace = "prod" }', {"a": BY_WORKSPACE})
    assert check("a").rules == []
    assert check("--workspace", "dev", "a").rules == ["KP001"]


def test_assumed_values(here: Path) -> None:
    root = shared_bucket(
        key_principal="data.aws_ssm_parameter.reader.value",
        reader=f'"arn:aws:iam::{PARTNER}:role/reader"',
        extra="""
data "aws_ssm_parameter" "reader" { name = "reader" }
""",
    )
    put(here, "", {"a": root})
    assert check("a").json["undetermined"] != []
    put(
        here,
        f'workspace "a" {{ assume = {{ "data.aws_ssm_parameter.reader.value" = "arn:aws:iam::{OUTSIDER}:role/x" }} }}',
        {},
    )
    assert check("a").rules == ["KP001"]


WRONG = {
    "accounts": (
        '{ "aws.replika" = "444455556666" }',
        "provider configuration aws.replika in a: did you mean aws.replica?",
    ),
    "variables": ("{ reeder = 1 }", "variable reeder in a: did you mean reader?"),
    "assume": ('{ "data.aws_kms_key.x.arn" = "y" }', "address data.aws_kms_key.x.arn in a"),
}


@pytest.mark.parametrize("argument", WRONG)
def test_a_name_that_the_root_does_not_have_is_an_error_where_the_label_is_its_path(here: Path, argument: str) -> None:
    value, message = WRONG[argument]
    root = (
        BY_VARIABLE
        + """
provider "aws" {
  alias  = "replica"
  region = "eu-central-1"
}
"""
    )
    put(here, f'workspace "a" {{\n  {argument} = {value}\n}}', {"a": root})
    ran = check("a")
    assert ran.code == 2
    assert ran.json["errors"] == [
        {"kind": "input", "file": FILE_NAME, "line": 2, "message": f"{argument}: there is no {message}"}
    ]
    put(here, f'workspace "*" {{\n  {argument} = {value}\n}}', {})
    assert check("a").json["errors"] == []


def test_a_state_is_meant_by_its_directory(here: Path) -> None:
    state = {"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}
    write(
        here, {FILE_NAME: 'workspace "a" { accounts = { "aws.x" = "111122223333" } }', "a/x.tfstate": json.dumps(state)}
    )
    assert "there is no provider configuration aws.x in a" in check("a/x.tfstate").json["errors"][0]["message"]


def test_the_inventory_knows_what_is_configured(here: Path) -> None:
    put(here, f'workspace "a" {{ account = "{OUTSIDER}" }}', {"a": NO_ACCOUNT})
    assert OUTSIDER in guard("inventory", "--format", "json", "a").out
    assert OUTSIDER not in guard("inventory", "--format", "json", "--no-config", "a").out


# ---- names of accounts


def test_the_name_of_an_account_stands_beside_its_id_in_texts_and_not_in_values(here: Path) -> None:
    put(here, f'account "partner" {{ id = "{PARTNER}" }}', {"a": CLOSED})
    (finding,) = check("a").json["findings"]
    (plain,) = check("--no-config", "a").json["findings"]
    assert f'{PARTNER} "partner" cannot read' in finding["message"]
    for field in ("principal", "fix", "fingerprint", "location"):
        assert finding[field] == plain[field]


# ---- rules


def test_a_rule_that_is_switched_off_and_one_that_an_option_names(here: Path) -> None:
    put(here, 'rule "key-policy-denies-outsider" { enabled = false }', {"a": CLOSED})
    ran = check("a")
    assert (ran.code, ran.rules) == (0, [])
    assert "nothing found; 1 finding left out" in guard("check", "a").out.replace("\n", " ")
    assert check("--select", "KP001", "a").rules == ["KP001"]


def test_another_severity_with_its_reason(here: Path) -> None:
    put(
        here,
        'rule "KP001" {\n  severity = "note"\n  reason = <<-EOT\n    known\n    since May\n  EOT\n}',
        {"a": CLOSED},
    )
    ran = check("a")
    (finding,) = ran.json["findings"]
    assert (ran.code, finding["severity"], ran.json["summary"]["note"]) == (0, "note", 1)
    assert finding["why"][-1] == f"severity note by {FILE_NAME}:1: known since May"


@pytest.mark.parametrize(
    ("paths", "left"), [('["legacy"]', ["b"]), ('["legacy/**/kms.tf"]', ["b", "legacy/a"]), ('["**/main.tf"]', [])]
)
def test_a_rule_for_some_paths(here: Path, paths: str, left: list[str]) -> None:
    put(here, f'rule "KP001" {{\n  enabled = false\n  paths = {paths}\n}}', {"legacy/a": CLOSED, "b": CLOSED})
    assert sorted(finding["workspace"] for finding in check(".").json["findings"]) == left


def test_what_is_undetermined_may_be_left_unsaid(here: Path) -> None:
    put(here, 'rule "UN001" {\n  enabled = false\n  paths = ["a"]\n}', {"a": UNDETERMINED, "b": UNDETERMINED})
    assert {entry["workspace"] for entry in check(".").json["undetermined"]} == {"b"}


# ---- defaults of options


def test_fail_on_and_format(here: Path) -> None:
    config = 'fail_on = "never"\nformat = ["json"]'
    put(here, config, {"a": CLOSED})
    ran = guard("check", "a")
    assert (ran.code, ran.rules) == (0, ["KP001"])
    assert guard("check", "--fail-on", "error", "--format", "csv", "a").out.startswith('"level","rule"')
    assert check("--fail-on", "error", "a").code == 1


def test_two_configurations_must_not_contradict_each_other_for_the_run(here: Path) -> None:
    for name, level in (("a", "never"), ("b", "note")):
        write(here, {f"{name}/main.tf": CLOSED, f"{name}/{FILE_NAME}": f'fail_on = "{level}"'})
    ran = check("a", "b")
    assert (ran.code, ran.out) == (2, "")
    assert f"a/{FILE_NAME} and b/{FILE_NAME} say different things of fail_on: say it with --fail-on" in ran.err
    assert check("--fail-on", "error", "a", "b").code == 1


@pytest.mark.parametrize("options", [[], ["--min-severity", "warning"]])
def test_the_least_severity(here: Path, options: list[str]) -> None:
    root = (RULES / "KC001" / "good-private-bucket" / "main.tf").read_text(encoding="utf-8")
    put(here, "" if options else 'min_severity = "warning"', {"a": root})
    assert [one["severity"] for one in check("--no-config", "a").json["findings"]] == ["note"]
    assert check(*options, "a").json["findings"] == []
    assert len(check("--min-severity", "note", "a").json["findings"]) == 1


def test_the_least_confidence(here: Path) -> None:
    put(here, 'min_confidence = "high"', {"sure": CLOSED, "presumed": no_account(OUTSIDER)})
    found = {one["workspace"]: one["confidence"] for one in check("--no-config", "sure", "presumed").json["findings"]}
    assert found == {"sure": "high", "presumed": "medium"}
    assert [one["workspace"] for one in check("sure", "presumed").json["findings"]] == ["sure"]
    assert len(check("--min-confidence", "medium", "sure", "presumed").json["findings"]) == 2


def test_roots_that_are_excluded_are_not_checked_unless_they_are_named(here: Path) -> None:
    put(here, 'exclude = ["legacy"]', {"legacy/a": CLOSED, "b": CLOSED})
    assert [one["source"] for one in check(".").json["workspaces"]] == ["b"]
    assert [one["source"] for one in check("legacy/a").json["workspaces"]] == ["legacy/a"]
    write(here, {"c/main.tf": CLOSED})
    assert [one["source"] for one in check("--exclude", "b", ".").json["workspaces"]] == ["c"]
    ran = guard("check", "--exclude", "legacy/", "legacy/a")
    assert (ran.code, ran.out) == (0, "")
    assert "all are excluded: nothing was checked" in ran.err


def test_a_pattern_that_is_none_is_wrong_usage() -> None:
    ran = guard("check", "--exclude", "/etc")
    assert (ran.code, ran.err) == (
        2,
        "tf-kms-guard: --exclude /etc: a pattern is relative, and does not lead upwards\n",
    )


# ---- which file


def test_the_nearest_file_alone_counts(here: Path) -> None:
    put(here, 'rule "KP001" { enabled = false }', {"a": CLOSED, "b": CLOSED})
    write(here, {f"b/{FILE_NAME}": ""})
    assert (check("a").rules, check("b").rules) == ([], ["KP001"])


def test_a_file_that_is_named_counts_for_all(here: Path) -> None:
    put(here, "", {"a": CLOSED})
    write(here, {"ci.hcl": 'rule "KP001" { enabled = false }'})
    assert check("--config", "ci.hcl", "a").rules == []
    ran = check("--config", "no.hcl", "a")
    assert (ran.code, ran.err) == (2, "tf-kms-guard: --config no.hcl: there is no such file\n")
    assert check("--config", "ci.hcl", "--no-config", "a").code == 2


def test_a_mistake_is_one_line_and_exit_code_2(here: Path) -> None:
    put(here, '\nrule "KP01" {}', {"a": OPEN})
    ran = check("a")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"tf-kms-guard: {FILE_NAME}:2: there is no rule KP01: did you mean KP001?\n"
    assert check("--no-config", "a").code == 0


def test_what_a_mistake_quotes_cannot_act_on_the_terminal(here: Path) -> None:
    put(here, 'fail_on = "\x1b[2J"', {"a": OPEN})
    assert "\x1b" not in check("a").err


def test_a_configuration_as_a_target_stands_for_the_roots_below_it(here: Path) -> None:
    put(here, "", {"a": CLOSED, "b/c": CLOSED, "b/d": CLOSED})
    write(here, {f"b/{FILE_NAME}": 'exclude = ["d"]'})
    assert [one["source"] for one in check(f"b/{FILE_NAME}").json["workspaces"]] == ["b/c"]
    assert [one["source"] for one in check(FILE_NAME).json["workspaces"]] == ["a", "b/c"]
    write(here, {f"b/{FILE_NAME}": "exclude = d"})
    assert check(f"b/{FILE_NAME}").code == 2


# ---- init


def test_init_writes_a_configuration_that_changes_nothing_and_never_overwrites(here: Path) -> None:
    write(here, {"main.tf": CLOSED})
    before = check(".").json
    ran = guard("init")
    assert (ran.code, ran.out) == (0, "")
    assert check(".").json == before
    text = (here / FILE_NAME).read_text(encoding="utf-8")
    assert guard("init", ".").code == 2
    assert (here / FILE_NAME).read_text(encoding="utf-8") == text
