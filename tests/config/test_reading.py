"""What a configuration says, and what is said of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tf_kms_guard.config.commented import commented_config
from tf_kms_guard.config.discovery import FILE_NAME, find_config
from tf_kms_guard.config.errors import ConfigError
from tf_kms_guard.config.model import Config
from tf_kms_guard.config.reading import Vocabulary, read_config
from tf_kms_guard.config.schema import ARGUMENTS, BLOCKS

VOCABULARY = Vocabulary(
    {"KP001": "KP001", "key-policy-denies-outsider": "KP001", "KR001": "KR001", "UN001": "UN001"},
    ("text", "json", "sarif"),
    frozenset(("UN001",)),
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def read(text: str) -> Config:
    path = Path(FILE_NAME)
    path.write_text(text, encoding="utf-8")
    return read_config(path.resolve(), VOCABULARY)


def test_a_whole_configuration(here: Path) -> None:
    (here / "policies").mkdir()
    for name in ("prod.tfvars", "policies/key.json", "policies/reader.json"):
        (here / name).write_text("{}")
    config = read("""
fail_on        = "warning"
min_severity   = "note"
min_confidence = "high"
exclude        = ["sandbox/**"]
format         = ["text", "json=report.json"]

workspace "envs/*" {
  account   = "prod"
  accounts  = { "aws.replica" = "444455556666" }
  region    = "eu-west-1"
  regions   = { "aws.replica" = "eu-central-1" }
  var_files = ["prod.tfvars"]
  variables = { stage = "prod", readers = ["a", "b"], count = -2, open = true }
  workspace = "prod"
  assume    = { "data.aws_kms_key.shared.arn" = "arn:x" }
}

account "prod" {
  id           = "111122223333"
  organization = "o-a1b2c3d4e5"
  ou_paths     = ["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/"]
}

rule "key-policy-denies-outsider" {
  enabled = false
  paths   = ["legacy/**"]
  reason  = <<-EOT
    moves
    away
  EOT
}

external_key "shared" {
  arn    = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd"
  policy = "policies/key.json"
}

external_role "reader" {
  arn      = "arn:aws:iam::444455556666:role/team/reader"
  policies = ["policies/reader.json"]
}

external_bucket "hub" {
  arn     = "arn:aws:s3:::acme-hub"
  account = "prod"
}
""")
    assert (config.path, config.directory) == (FILE_NAME, here)
    assert (config.fail_on, config.min_severity, config.min_confidence) == ("warning", "note", "high")
    assert (config.exclude, config.format) == (("sandbox/**",), ("text", "json=report.json"))
    (account,) = config.accounts
    assert (account.name, account.id, account.organization) == ("prod", "111122223333", "o-a1b2c3d4e5")
    assert account.ou_paths == ("o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/",)
    (workspace,) = config.workspaces
    assert workspace.pattern == "envs/*"
    assert workspace.all_accounts == {"aws": "111122223333", "aws.replica": "444455556666"}
    assert workspace.all_regions == {"aws": "eu-west-1", "aws.replica": "eu-central-1"}
    assert workspace.var_files == (here / "prod.tfvars",)
    assert workspace.variables == {"stage": "prod", "readers": ["a", "b"], "count": -2, "open": True}
    assert (workspace.workspace, workspace.assume) == ("prod", {"data.aws_kms_key.shared.arn": "arn:x"})
    (rule,) = config.rules
    assert (rule.rule, rule.enabled, rule.severity, rule.paths) == ("KP001", False, None, ("legacy/**",))
    assert rule.reason == "moves\naway\n"
    assert config.external_keys[0].policy == here / "policies/key.json"
    assert config.external_roles[0].policies == (here / "policies/reader.json",)
    assert config.external_buckets[0].account == "111122223333"


def test_null_is_as_if_it_were_not_there() -> None:
    assert read("fail_on = null").fail_on is None


WRONG = {
    "an unknown block": ('\nacount "x" {}', "2: there is no block acount in a configuration: did you mean account?"),
    "an unknown argument": ('fail = "x"', "1: there is no argument fail in the file: did you mean fail_on?"),
    "an unknown argument of a block": (
        'rule "KP001" {\n  enabeld = false\n}',
        "2: there is no argument enabeld in rule blocks: did you mean enabled?",
    ),
    "nothing near": ('banana "x" {}', "1: there is no block banana in a configuration: there are account, workspace,"),
    "a block as argument": ("fail_on {}", "1: fail_on is no block: write fail_on = …"),
    "an argument as block": ('account = "x"', '1: account is no argument: write account "…" { … }'),
    "an unknown rule": ('rule "KP01" {}', "1: there is no rule KP01: did you mean KP001?"),
    "an unknown level": ('fail_on = "eror"', '1: fail_on: there is no "eror" here: did you mean error?'),
    "an unknown format": ('format = ["jsn"]', '1: format: there is no format "jsn": did you mean json?'),
    "11 digits": (
        'account "x" { id = "11112222333" }',
        '1: id: an account id has 12 digits, "11112222333" has 11 digits',
    ),
    "an id without quotes": ('account "x" { id = 111122223333 }', '1: id: expected a text in quotes: write "…"'),
    "no id": ('account "x" {}', '1: account "x" has no id: add id = "111122223333"'),
    "two names of an account": (
        'account "a" { id = "111122223333" }\naccount "b" { id = "111122223333" }',
        '2: account 111122223333 has two names, "a" and "b": keep one',
    ),
    "one name twice": (
        'account "a" { id = "111122223333" }\naccount "a" { id = "444455556666" }',
        '2: account "a" is there twice, first in line 1: make them one',
    ),
    "an unknown account": (
        'account "prod" { id = "111122223333" }\nworkspace "x" { account = "prd" }',
        '2: account: no account block is named "prd": did you mean prod?',
    ),
    "an organization": (
        'account "x" {\n  id = "111122223333"\n  organization = "acme"\n}',
        '3: organization: "acme" is no organization: its id is o- and 10 to 32 small letters or digits',
    ),
    "a Region": ('workspace "x" { region = "Ireland" }', '1: region: "Ireland" is no Region: write it like eu-west-1'),
    "a reference": ("fail_on = var.x", "1: fail_on: a reference cannot stand here: write the value itself"),
    "a bare word": (
        "fail_on = error",
        "1: fail_on: error without quotes is a reference, which cannot stand here: write the value itself",
    ),
    "a function": (
        'fail_on = lower("X")',
        "1: fail_on: the function lower cannot stand here: write the value itself",
    ),
    "an expression": (
        'workspace "x" { variables = { a = 1 + 1 } }',
        "1: variables: an expression cannot stand here: write the value itself",
    ),
    "an interpolation": (
        'rule "KP001" { reason = "a ${var.x}" }',
        "1: reason: a text with ${…} or %{…} cannot stand here: write the text itself",
    ),
    "no list": ('exclude = "x"', '1: exclude: expected a list: write ["…"]'),
    "no object": ('workspace "x" { accounts = ["y"] }', '1: accounts: expected an object: write { "…" = … }'),
    "a key twice": ('workspace "x" { variables = { a = 1, a = 2 } }', "1: variables: a is set twice: keep one of them"),
    "an argument twice": ('fail_on = "note"\nfail_on = "note"', "2: fail_on is set twice"),
    "two labels": ('rule "KP001" "x" {}', '1: a block of type rule has one label: write rule "RULE" { … }'),
    "a block in a block": (
        'rule "KP001" {\n  paths {}\n}',
        "2: there are no blocks in rule: write paths = …",
    ),
    "a rule that says nothing": (
        'rule "KP001" { paths = ["x"] }',
        "1: rule KP001 says nothing: add enabled = false, or a severity",
    ),
    "the severity of what has none": ('rule "UN001" { severity = "note" }', "1: UN001 has no severity: "),
    "no such file": (
        'workspace "x" { var_files = ["a.tfvars"] }',
        '1: var_files: there is no file "a.tfvars" (paths are relative to this configuration)',
    ),
    "a file elsewhere": (
        'external_key "x" {\n  arn = "arn:aws:kms:eu-west-1:444455556666:key/1"\n  policy = "../key.json"\n}',
        '3: policy: "../key.json" lies outside the repository, where nothing is read',
    ),
    "a link elsewhere": (
        'workspace "x" { var_files = ["link.tfvars"] }',
        '1: var_files: "link.tfvars" lies outside the repository, where nothing is read',
    ),
    "the ARN of something else": (
        'external_key "x" { arn = "arn:aws:s3:::data" }',
        '1: arn: "arn:aws:s3:::data" is not the ARN of a KMS key',
    ),
    "a pattern upwards": (
        'workspace "../x" {}',
        '1: "../x": a pattern is relative, and does not lead upwards',
    ),
    "broken syntax": ('\naccount "x" {', "2: expected a closing } for this {"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_in_one_line_with_its_place(here: Path, text: str, message: str) -> None:
    outside = here.parent / "outside.tfvars"
    outside.write_text("")
    (here / "link.tfvars").symlink_to(outside)
    with pytest.raises(ConfigError) as error:
        read(text)
    assert str(error.value).startswith(f"{FILE_NAME}:{message}")
    assert "\n" not in str(error.value)


def test_it_may_not_be_a_link_out_of_the_repository(here: Path) -> None:
    outside = here.parent / "outside.hcl"
    outside.write_text("")
    (here / FILE_NAME).symlink_to(outside)
    with pytest.raises(ConfigError, match="cannot read this file: it leads out of the repository"):
        read_config(here / FILE_NAME, VOCABULARY)


# ---- which file counts


def test_the_nearest_one_up_to_the_root_of_the_repository_is_found(here: Path) -> None:
    below = here / "envs" / "prod"
    below.mkdir(parents=True)
    (here.parent / FILE_NAME).write_text("")
    assert find_config(below) is None
    (here / FILE_NAME).write_text("")
    assert find_config(below) == here / FILE_NAME
    (here / "envs" / FILE_NAME).write_text("")
    assert find_config(below) == here / "envs" / FILE_NAME
    (here.parent / FILE_NAME).unlink()


def test_without_a_repository_nothing_above_the_working_directory_is_found(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / ".git").rmdir()
    below = here / "envs" / "prod"
    below.mkdir(parents=True)
    (here / FILE_NAME).write_text("")
    assert find_config(below) == here / FILE_NAME
    monkeypatch.chdir(here / "envs")
    assert find_config(below) is None


# ---- what init writes, and the examples of the schema


def test_the_commented_configuration_says_nothing() -> None:
    config = read(commented_config())
    assert (config.fail_on, config.accounts, config.workspaces, config.rules) == (None, (), (), ())


def test_the_example_of_the_readme_can_be_read(here: Path) -> None:
    (here / "envs" / "prod").mkdir(parents=True)
    (here / "envs" / "prod" / "prod.tfvars").write_text("")
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    config = read(readme.split("### Configure")[1].split("```hcl\n")[1].split("```")[0])
    assert config.workspaces[0].all_accounts == {"aws": "111122223333", "aws.replica": "444455556666"}


def test_every_example_can_be_read(here: Path) -> None:
    policies = [f"policies/{name}.json" for name in ("key", "hub", "reader", "boundary")]
    for name in ("envs/prod/prod.tfvars", *policies):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text("")
    lines = [f"{argument.name} = {argument.example}" for argument in ARGUMENTS]
    for block in BLOCKS:
        inside = "\n".join(f"{argument.name} = {argument.example}" for argument in block.arguments)
        lines.append(f'{block.name} "{block.label_example}" {{\n{inside}\n}}')
    config = read("\n".join(lines))
    assert config.workspaces[0].all_accounts == {"aws": "111122223333", "aws.replica": "444455556666"}
    assert [len(getattr(config, block.field)) for block in BLOCKS] == [1] * len(BLOCKS)
