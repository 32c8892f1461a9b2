"""``tf-kms-guard check``: exit codes, options and where the report goes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.support import (
    CLOSED,
    OPEN,
    OWNER,
    PARTNER,
    PROGRAM,
    RULES,
    Ran,
    check,
    guard,
    program,
    shared_bucket,
    write,
)

PLACES = {
    "error": RULES / "KP001" / "bad-only-the-own-account",
    "warning": RULES / "KR001" / "bad-alias-name-and-a-foreign-reader",
    "note": RULES / "KC001" / "good-private-bucket",
    "undetermined": RULES / "UN001" / "bad-two-variables",
    "nothing": RULES / "KP001" / "good-account-delegation",
}
LEVELS = ("error", "warning", "note", "undetermined", "never")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def is_clean(ran: Ran) -> bool:
    report = ran.json
    return (ran.code, report["findings"], report["undetermined"], report["errors"]) == (0, [], [], [])


# ---- exit codes


@pytest.mark.parametrize("found", PLACES)
@pytest.mark.parametrize("level", LEVELS)
def test_the_exit_code_is_1_from_the_level_of_fail_on_upwards(found: str, level: str) -> None:
    fails = found != "nothing" and level != "never" and LEVELS.index(found) <= LEVELS.index(level)
    assert guard("check", "--fail-on", level, PLACES[found]).code == int(fails)


@pytest.mark.parametrize(("found", "code"), [("error", 1), ("warning", 0), ("undetermined", 0)])
def test_without_fail_on_errors_alone_count(found: str, code: int) -> None:
    assert guard("check", PLACES[found]).code == code


def test_an_unknown_level_is_wrong_usage_and_the_levels_are_named() -> None:
    ran = guard("check", "--fail-on", "fatal", PLACES["error"])
    assert (ran.code, ran.out) == (2, "")
    assert all(level in ran.err for level in LEVELS)


@pytest.mark.parametrize("level", ["error", "never"])
def test_what_cannot_be_read_outranks_findings_which_are_still_reported(here: Path, level: str) -> None:
    write(here, {"main.tf": CLOSED, "broken.tf": 'resource "aws_s3_bucket" {\n'})
    ran = check("--fail-on", level)
    assert ran.code == 2
    assert ran.rules == ["KP001"]
    assert [error["file"] for error in ran.json["errors"]] == ["broken.tf"]


def test_an_evaluation_error_does_not_change_the_exit_code(here: Path) -> None:
    write(here, {"main.tf": shared_bucket(extra='resource "aws_s3_bucket" "x" {\n  bucket = element([], 0)\n}')})
    ran = check()
    assert ran.code == 0
    assert [error["kind"] for error in ran.json["errors"]] == ["evaluation"]


def test_an_unknown_option_or_command_is_wrong_usage() -> None:
    assert guard("check", "--no-such-option").code == 2
    assert guard("chekc").code == 2


def test_the_version_is_printed() -> None:
    ran = program("--version")
    assert ran.code == 0
    assert re.fullmatch(r"tf-kms-guard \d+\.\d+\.\d+\S*\n", ran.out)


def test_the_module_is_the_same_program() -> None:
    command = [sys.executable, "-m", "tf_kms_guard", "check", str(PLACES["error"])]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


# ---- rules


@pytest.mark.parametrize("rule", ["KP001", "key-policy-denies-outsider", "BP001,KP001", " KP001 , BP001 "])
def test_selected_rules_run_and_no_others(rule: str) -> None:
    assert check("--select", rule, PLACES["error"]).rules == ["KP001"]


@pytest.mark.parametrize("rules", [["BP001"], ["BP001,ID001"], ["bucket-policy-denies-outsider", "ID001"]])
def test_rules_that_are_not_selected_do_not_run(rules: list[str]) -> None:
    ran = check(*(word for rule in rules for word in ("--select", rule)), PLACES["error"])
    assert (ran.code, ran.rules) == (0, [])


@pytest.mark.parametrize("rule", ["KP001", "key-policy-denies-outsider", "BP001,KP001"])
def test_ignored_rules_do_not_run(rule: str) -> None:
    ran = check("--ignore", rule, PLACES["error"])
    assert (ran.code, ran.rules) == (0, [])


@pytest.mark.parametrize("arguments", [["--ignore", "KP001"], ["--select", "BP001"]])
def test_a_rule_that_did_not_run_does_not_make_its_gate_open(arguments: list[str]) -> None:
    assert "every gate is open" not in guard("check", *arguments, PLACES["error"]).out


def test_what_is_ignored_wins_over_what_is_selected() -> None:
    assert check("--select", "KP001,BP001", "--ignore", "KP001", PLACES["error"]).rules == []


@pytest.mark.parametrize("option", ["--select", "--ignore"])
@pytest.mark.parametrize(
    ("typed", "meant"),
    [("KP01", "KP001"), ("kp001", "KP001"), ("key-policy-denies-outsiders", "key-policy-denies-outsider")],
)
def test_an_unknown_rule_is_wrong_usage_with_a_suggestion(option: str, typed: str, meant: str) -> None:
    ran = guard("check", option, typed, PLACES["error"])
    assert (ran.code, ran.out) == (2, "")
    assert typed in ran.err
    assert re.search(rf"\b{meant}\b", ran.err)


# ---- variables


PARTNER_ACCOUNT = [
    ("string", "var.partner", f"{PARTNER}"),
    (None, "var.partner", f"{PARTNER}"),
    ("any", "var.partner", f"{PARTNER}"),
    ("number", "var.partner", f"{PARTNER}"),
    ("list(string)", "var.partner[0]", f'["{PARTNER}"]'),
    ("set(string)", "one(var.partner)", f'["{PARTNER}"]'),
    ("map(string)", "var.partner.id", f'{{ id = "{PARTNER}" }}'),
    ("map(string)", 'var.partner["id"]', f'{{"id": "{PARTNER}"}}'),
    ("tuple([string, number])", "var.partner[1]", f'["x", {PARTNER}]'),
    ("object({ id = string, name = optional(string) })", "var.partner.id", f'{{ id = "{PARTNER}" }}'),
    (f'object({{ id = optional(string, "{PARTNER}") }})', "var.partner.id", "{}"),
    ("list(object({ id = string }))", "var.partner[0].id", f'[{{ id = "{PARTNER}" }}]'),
    ("map(list(string))", "var.partner.ids[0]", f'{{ ids = ["{PARTNER}"] }}'),
    ("bool", f'var.partner ? "{PARTNER}" : "777788889999"', "true"),
]


@pytest.mark.parametrize(("type_", "expression", "text"), PARTNER_ACCOUNT)
def test_a_variable_of_any_type_can_be_given(here: Path, type_: str | None, expression: str, text: str) -> None:
    declared = "" if type_ is None else f"type = {type_}"
    expression = f'"arn:aws:iam::${{{expression}}}:root"'
    extra = f'variable "partner" {{\n  {declared}\n}}'
    write(here, {"main.tf": shared_bucket(key_principal=expression, extra=extra)})
    without = check()
    assert without.rules == []
    assert [entry["gate"] for entry in without.json["undetermined"]] == ["key-policy"]
    assert is_clean(check("--var", f"partner={text}"))


def write_partner(here: Path, **files: str) -> None:
    """A module whose key policy is for ``var.partner``, and variables files: ``a_b`` is ``a.b``."""
    principal = '"arn:aws:iam::${var.partner}:root"'
    module = shared_bucket(key_principal=principal, extra='variable "partner" {\n  type = string\n}')
    write(here, {"main.tf": module, **{name.replace("_", "."): text for name, text in files.items()}})


def test_a_value_that_closes_the_gate_is_an_error(here: Path) -> None:
    write_partner(here)
    ran = check("--var", "partner=777788889999")
    assert (ran.code, ran.rules) == (1, ["KP001"])


def test_the_last_of_several_values_counts(here: Path) -> None:
    write_partner(here)
    assert is_clean(check("--var", "partner=777788889999", "--var", f"partner={PARTNER}"))


@pytest.mark.parametrize("name", ["terraform.tfvars", "terraform.tfvars.json", "x.auto.tfvars", "x.auto.tfvars.json"])
def test_variables_files_that_terraform_reads_are_read(here: Path, name: str) -> None:
    write_partner(here)
    text = json.dumps({"partner": PARTNER}) if name.endswith("json") else f'partner = "{PARTNER}"\n'
    write(here, {name: text})
    assert is_clean(check())


def test_a_variables_file_that_terraform_does_not_read_by_itself_is_read_when_named(here: Path) -> None:
    write_partner(here, prod_tfvars=f'partner = "{PARTNER}"\n')
    assert check().json["undetermined"] != []
    assert is_clean(check("--var-file", "prod.tfvars"))


def test_later_sources_of_values_win_in_the_order_of_terraform(here: Path) -> None:
    other = 'partner = "777788889999"\n'
    right = f'partner = "{PARTNER}"\n'
    write_partner(here, terraform_tfvars=other, a_auto_tfvars=right)
    assert is_clean(check())
    write(here, {"b.auto.tfvars": other})
    assert check().rules == ["KP001"]
    write(here, {"one.tfvars": right, "two.tfvars": other})
    assert is_clean(check("--var-file", "one.tfvars"))
    assert check("--var-file", "one.tfvars", "--var-file", "two.tfvars").rules == ["KP001"]
    assert is_clean(check("--var-file", "two.tfvars", "--var-file", "one.tfvars"))
    assert is_clean(check("--var-file", "two.tfvars", "--var", f"partner={PARTNER}"))


def test_a_variables_file_may_hold_values_for_variables_of_other_modules(here: Path) -> None:
    write_partner(here, all_tfvars=f'partner = "{PARTNER}"\nregion = "eu-west-1"\n')
    assert is_clean(check("--var-file", "all.tfvars"))


def test_a_value_for_one_of_several_targets_is_fine(here: Path) -> None:
    write_partner(here / "a")
    write(here, {"b/main.tf": OPEN.replace("acme-shared-data", "acme-other-data")})
    assert is_clean(check("--var", f"partner={PARTNER}", "a", "b"))


@pytest.mark.parametrize("text", ["partner", "=x", "", " =x"])
def test_a_variable_without_name_or_value_is_wrong_usage(here: Path, text: str) -> None:
    write_partner(here)
    ran = guard("check", "--var", text)
    assert (ran.code, ran.out) == (2, "")
    assert "NAME=VALUE" in ran.err


def test_a_value_may_hold_an_equals_sign_and_be_empty(here: Path) -> None:
    module = shared_bucket(
        key_principal=f'var.note == "a=b" && var.empty == "" ? "arn:aws:iam::{PARTNER}:root" : "{OWNER}"',
        extra='variable "note" {\n  type = string\n}\n\nvariable "empty" {\n  type = string\n}',
    )
    write(here, {"main.tf": module})
    assert is_clean(check("--var", "note=a=b", "--var", "empty="))


# ---- workspace, account, Region, assumed values


def test_the_workspace_chooses_values(here: Path) -> None:
    accounts = f'{{ prod = "{PARTNER}", default = "777788889999", dev = "777788889999" }}'
    principal = f'"arn:aws:iam::${{lookup({accounts}, terraform.workspace)}}:root"'
    write(here, {"main.tf": shared_bucket(key_principal=principal)})
    assert check().rules == ["KP001"]
    assert check("--workspace", "dev").rules == ["KP001"]
    assert is_clean(check("--workspace", "prod"))
    write(here, {".terraform/environment": "prod"})
    assert is_clean(check())
    assert check("--workspace", "dev").rules == ["KP001"]


def test_a_lookup_that_only_the_default_workspace_fails_says_to_name_the_workspace(here: Path) -> None:
    principal = f'"arn:aws:iam::${{{{ prod = "{PARTNER}" }}[terraform.workspace]}}:root"'
    write(here, {"main.tf": shared_bucket(key_principal=principal)})
    ran = check()
    assert (ran.code, ran.rules) == (0, [])
    assert [entry["gate"] for entry in ran.json["undetermined"]] == ["key-policy"]
    assert "--workspace" in ran.out
    assert is_clean(check("--workspace", "prod"))


ONE_ACCOUNT = shared_bucket(
    key_principal='"arn:aws:iam::777788889999:root"',
    owner="",
    administrator='"arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"',
    extra='data "aws_caller_identity" "me" {}',
)
"""Nothing says which account deploys this. Its bucket policy lets ``PARTNER`` in, its key policy does not."""


@pytest.mark.parametrize("account", [OWNER, f"aws={OWNER}", f".:aws={OWNER}", f"./:aws={OWNER}"])
def test_a_named_account_makes_the_finding_certain(here: Path, account: str) -> None:
    write(here, {"main.tf": ONE_ACCOUNT})
    assert [finding["confidence"] for finding in check().json["findings"]] == ["medium"]
    ran = check("--account", account)
    assert [(finding["rule"], finding["confidence"]) for finding in ran.json["findings"]] == [("KP001", "high")]
    assert ran.json["workspaces"][0]["accounts"]["aws"]["id"] == OWNER


def test_a_named_account_can_make_an_outsider_an_insider(here: Path) -> None:
    write(here, {"main.tf": ONE_ACCOUNT})
    ran = check("--account", PARTNER)
    assert ran.json["summary"]["error"] == 0


TWO_PROVIDERS = """
provider "aws" {}

provider "aws" {
  alias = "keys"
}

resource "aws_s3_bucket" "data" {
  bucket = "acme-shared-data"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_kms_key" "data" {
  provider = aws.keys
}
"""


def test_accounts_and_regions_of_named_provider_configurations(here: Path) -> None:
    write(here, {"main.tf": TWO_PROVIDERS})
    ran = check("--account", f"aws={OWNER}", "--account", f"aws.keys={PARTNER}", "--region", "eu-west-1")
    accounts = ran.json["workspaces"][0]["accounts"]
    assert {name: account["id"] for name, account in accounts.items()} == {"aws": OWNER, "aws.keys": PARTNER}
    assert ran.rules == []


@pytest.mark.parametrize(
    "regions",
    [
        ["aws=eu-west-1", "aws.keys=us-east-1"],
        ["eu-west-1", "aws.keys=us-east-1"],
        [".:aws=eu-west-1", ".:aws.keys=us-east-1"],
        ["./:aws=eu-west-1", "aws.keys=us-east-1"],
    ],
)
def test_named_regions_show_a_key_in_another_one(here: Path, regions: list[str]) -> None:
    write(here, {"main.tf": TWO_PROVIDERS})
    assert check().rules == []
    assert check(*(word for region in regions for word in ("--region", region))).rules == ["KC003"]


def test_a_setting_for_one_target_leaves_the_others_alone(here: Path) -> None:
    write(here, {"a/main.tf": TWO_PROVIDERS, "b/main.tf": TWO_PROVIDERS})
    ran = check("--region", "a:aws=eu-west-1", "--region", "aws.keys=us-east-1", "a", "b")
    assert [(finding["rule"], finding["workspace"]) for finding in ran.json["findings"]] == [("KC003", "a")]


@pytest.mark.parametrize(
    ("option", "text", "named"),
    [
        ("--account", "1234", "1234"),
        ("--account", "aws=12345678901a", "12345678901a"),
        ("--account", "aws=", "12 digits"),
        ("--account", f"aws.nowhere={OWNER}", "aws.nowhere"),
        ("--account", f"elsewhere:aws={OWNER}", "elsewhere"),
        ("--region", "Ireland", "Ireland"),
        ("--region", "aws=", "Region"),
        ("--region", "aws.nowhere=eu-west-1", "aws.nowhere"),
    ],
)
def test_a_setting_that_means_nothing_is_wrong_usage(here: Path, option: str, text: str, named: str) -> None:
    write(here, {"main.tf": TWO_PROVIDERS})
    ran = guard("check", option, text)
    assert (ran.code, ran.out) == (2, "")
    assert named in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("address", "value"),
    [
        ("data.aws_ssm_parameter.partner.value", f'"{PARTNER}"'),
        ("data.terraform_remote_state.net.outputs", f'{{"partner": "{PARTNER}"}}'),
        ("module.gone.partner", f'"{PARTNER}"'),
        ("var.partner", f'"{PARTNER}"'),
    ],
)
def test_anything_unknown_can_be_assumed(here: Path, address: str, value: str) -> None:
    expression = address if address.endswith(("value", "partner")) else f"{address}.partner"
    extra = """
variable "partner" {}

data "aws_ssm_parameter" "partner" {
  name = "partner"
}

data "terraform_remote_state" "net" {
  backend = "s3"
}
"""
    if address.startswith("module."):
        extra += 'module "gone" {\n  source = "acme/gone/aws"\n}\n'
    module = shared_bucket(key_principal=f'"arn:aws:iam::${{{expression}}}:root"', extra=extra)
    write(here, {"main.tf": module})
    assert [entry["gate"] for entry in check().json["undetermined"]] == ["key-policy"]
    ran = check("--assume", f"{address}={value}")
    assert (ran.code, ran.rules, ran.json["undetermined"]) == (0, [], [])


@pytest.mark.parametrize(
    "text",
    [
        "data.x.y.z",
        "=1",
        "data.x.y.z=abc",
        "data.x.y.z={",
        "data.x.y.z=",
        "data.x.y.z=NaN",
        "data.x.y.z=1e99999999999999999999",
    ],
)
def test_an_assumed_value_that_is_not_json_is_wrong_usage(here: Path, text: str) -> None:
    write(here, {"main.tf": OPEN})
    ran = guard("check", "--assume", text)
    assert (ran.code, ran.out) == (2, "")
    assert "--assume" in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("address", ["data.aws_kms_key.nowhere.arn", "var.nowhere", "nonsense"])
def test_an_assumed_value_for_something_that_is_nowhere_is_wrong_usage(here: Path, address: str) -> None:
    write(here, {"main.tf": OPEN})
    ran = guard("check", "--assume", f"{address}=1")
    assert ran.code == 2
    assert address in ran.err


# ---- where the report goes


def test_several_reports_at_once(here: Path) -> None:
    write(here, {"main.tf": CLOSED})
    ran = guard("check", "--format", "text", "--format", "json=one.json", "--format", "text=two.txt")
    assert ran.code == 1
    assert json.loads((here / "one.json").read_text())["summary"]["error"] == 1
    assert (here / "two.txt").read_text() == ran.out


def test_a_report_in_a_file_leaves_stdout_empty(here: Path) -> None:
    write(here, {"main.tf": CLOSED})
    ran = guard("check", "--format", "json=one.json")
    assert (ran.code, ran.out) == (1, "")


@pytest.mark.parametrize(
    ("formats", "named"),
    [
        (["yaml"], "text"),
        (["json="], "json="),
        (["text", "json"], "one report"),
        (["json", "json"], "one report"),
        (["json=nowhere/report.json"], "nowhere"),
        (["json=."], "."),
    ],
)
def test_a_format_that_cannot_be_is_wrong_usage(here: Path, formats: list[str], named: str) -> None:
    write(here, {"main.tf": OPEN})
    ran = guard("check", *(word for name in formats for word in ("--format", name)))
    assert ran.code == 2
    assert named in ran.err
    assert len(ran.err.splitlines()) == 1


def test_stdout_carries_the_report_alone(here: Path) -> None:
    write(here, {"main.tf": CLOSED, "broken.tf": "x = {\n", "sub/other.json": "{}"})
    ran = program("check", ".", "sub/other.json", "nowhere", "--format", "json", cwd=here)
    assert ran.code == 2
    assert {error["file"] for error in ran.json["errors"]} == {"broken.tf", "nowhere"}


def test_what_cannot_be_read_is_told_on_the_screen_even_if_the_report_is_for_machines(here: Path) -> None:
    write(here, {"main.tf": CLOSED, "broken.tf": "x = {\n"})
    for report in ("json", "json=report.json"):
        ran = guard("check", "--format", report)
        assert ran.code == 2
        assert re.search(r"broken\.tf:\d+", ran.err), report


def test_a_clean_run_says_what_it_read(here: Path) -> None:
    write(here, {"main.tf": OPEN})
    ran = program("check", cwd=here)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "1 bucket, 1 key, 1 outsider: every gate is open\n"


def test_a_pipe_gets_no_colour(here: Path) -> None:
    write(here, {"main.tf": CLOSED})
    assert "\x1b" not in program("check", cwd=here, environment={"TERM": "xterm-256color"}).out


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("variable", "colour"), [("", True), ("1", False)])
def test_a_terminal_gets_colour_unless_no_color_says_otherwise(here: Path, variable: str, colour: bool) -> None:
    write(here, {"main.tf": CLOSED})
    shown = on_a_terminal(here, {"TERM": "xterm-256color", "NO_COLOR": variable})
    assert ("\x1b[" in shown) is colour
    assert "KP001" in shown


def on_a_terminal(here: Path, environment: dict[str, str]) -> str:
    """What the program shows on a terminal."""
    controller, terminal = os.openpty()
    with subprocess.Popen(
        [str(PROGRAM), "check"], cwd=here, env={**os.environ, **environment}, stdout=terminal, stderr=terminal
    ) as process:
        os.close(terminal)
        chunks = []
        while True:
            try:
                chunk = os.read(controller, 65536)
            except OSError:  # Linux: the other end is closed
                break
            if not chunk:
                break
            chunks.append(chunk)
        process.wait(timeout=60)
    os.close(controller)
    return b"".join(chunks).decode()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
@pytest.mark.parametrize("report", ["text", "json"])
def test_a_reader_that_goes_away_is_no_crash(here: Path, report: str) -> None:
    buckets = "\n".join(CLOSED.replace('"data"', f'"data{n}"').replace(".data.", f".data{n}.") for n in range(40))
    provider = CLOSED.partition("resource")[0]
    write(here, {"main.tf": provider + buckets.replace(provider, "")})
    command = [str(PROGRAM), "check", "--format", report]
    with subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read().decode() == ""
        process.wait(timeout=60)


# ---- several directories, and trees of them


def sources(ran: Ran) -> list[str]:
    return sorted(workspace["source"] for workspace in ran.json["workspaces"])


def test_several_directories_are_each_judged_as_a_root(here: Path) -> None:
    write(here, {"a/main.tf": CLOSED, "b/main.tf": OPEN, "c/main.tf": CLOSED})
    ran = check("a", "b", "c")
    assert sources(ran) == ["a", "b", "c"]
    assert sorted(finding["workspace"] for finding in ran.json["findings"]) == ["a", "c"]


def test_a_directory_that_is_named_twice_is_checked_once(here: Path) -> None:
    write(here, {"a/main.tf": CLOSED})
    assert sources(check("a", "./a", here / "a", "a/main.tf")) == ["a"]


def test_a_tree_of_roots_is_searched_and_called_modules_are_no_roots(here: Path) -> None:
    call = 'module "lake" {\n  source = "../../modules/lake"\n}\n'
    write(
        here,
        {
            "envs/prod/main.tf": call,
            "envs/dev/main.tf": call,
            "modules/lake/main.tf": CLOSED + 'module "inner" {\n  source = "./inner"\n}\n',
            "modules/lake/inner/main.tf": "",
            "envs/prod/.terraform/modules/x/main.tf": CLOSED,
            ".hidden/main.tf": CLOSED,
            "node_modules/x/main.tf": CLOSED,
            "docs/readme.md": "",
        },
    )
    ran = check()
    assert sources(ran) == ["envs/dev", "envs/prod"]
    assert [finding["location"]["file"] for finding in ran.json["findings"]] == ["modules/lake/main.tf"] * 2


# ---- files, as pre-commit passes them


@pytest.fixture
def repository(here: Path) -> Path:
    """Two roots that share a module, with variables, a template and files that no root uses."""
    principal = 'templatefile("${path.module}/policies/principal.tftpl", { account = "777788889999" })'
    call = 'module "lake" {\n  source = "../../modules/lake"\n}\n'
    write(
        here,
        {
            ".git/HEAD": "ref: refs/heads/main\n",
            "envs/prod/main.tf": call,
            "envs/prod/terraform.tfvars": "",
            "envs/prod/app.auto.tfvars.json": "{}",
            "envs/dev/main.tf": call,
            "other/main.tf": OPEN,
            "modules/lake/main.tf": 'module "store" {\n  source = "../store"\n}\n',
            "modules/store/main.tf": shared_bucket(key_principal=principal),
            "modules/store/policies/principal.tftpl": "arn:aws:iam::${account}:root",
            "package.json": "{}",
            "web/data.json": "{}",
        },
    )
    return here


@pytest.mark.parametrize(
    ("file", "roots"),
    [
        ("envs/prod/main.tf", ["envs/prod"]),
        ("envs/prod/terraform.tfvars", ["envs/prod"]),
        ("envs/prod/app.auto.tfvars.json", ["envs/prod"]),
        ("modules/lake/main.tf", ["envs/dev", "envs/prod"]),
        ("modules/store/main.tf", ["envs/dev", "envs/prod"]),
        ("modules/store/policies/principal.tftpl", ["envs/dev", "envs/prod"]),
        ("other/main.tf", ["other"]),
    ],
)
def test_the_roots_that_use_a_file_are_checked(repository: Path, file: str, roots: list[str]) -> None:
    ran = check(file)
    assert sources(ran) == roots
    assert ran.code == (0 if roots == ["other"] else 1)


@pytest.mark.parametrize("file", ["modules/lake/main.tf", "modules/store/policies/principal.tftpl"])
def test_a_file_is_found_to_be_used_from_any_working_directory(
    repository: Path, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir((repository / file).parent)
    ran = check(Path(file).name)
    assert {Path(source).name for source in sources(ran)} == {"dev", "prod"}
    assert ran.code == 1


@pytest.mark.parametrize("file", ["package.json", "web/data.json"])
def test_a_file_that_no_root_uses_changes_nothing_and_is_told(repository: Path, file: str) -> None:
    ran = guard("check", file)
    assert (ran.code, ran.out) == (0, "")
    assert len(ran.err.splitlines()) == 1
    assert "nothing was checked" in ran.err


def test_files_that_are_used_and_files_that_are_not_may_be_mixed(repository: Path) -> None:
    ran = check("web/data.json", "modules/store/main.tf", "package.json", "envs/dev/main.tf")
    assert (ran.code, sources(ran)) == (1, ["envs/dev", "envs/prod"])


def test_a_json_file_below_a_root_that_does_not_read_it_changes_nothing(here: Path) -> None:
    write(here, {".git/HEAD": "", "main.tf": CLOSED, "web/package.json": "{}"})
    assert guard("check", "web/package.json").code == 0


def test_a_policy_file_beside_the_roots_that_read_it_stands_for_them(here: Path) -> None:
    principal = 'jsondecode(file("${path.module}/../../policies/principal.json"))'
    module = shared_bucket(key_principal=principal)
    write(here, {".git/HEAD": "", "envs/prod/main.tf": module, "policies/principal.json": '"777788889999"'})
    ran = guard("check", "policies/principal.json", "--format", "json=report.json")
    assert ran.code == 1
    assert json.loads((here / "report.json").read_text())["workspaces"][0]["source"] == "envs/prod"


def test_a_module_that_nobody_calls_is_checked_by_itself(here: Path) -> None:
    write(here, {".git/HEAD": "", "modules/store/main.tf": CLOSED, "envs/prod/main.tf": OPEN})
    ran = check("modules/store/main.tf")
    assert (ran.code, sources(ran)) == (1, ["modules/store"])
