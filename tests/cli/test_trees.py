"""A tree of root modules: found, checked each by itself, and what they share is read once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.cli.support import check, shared_bucket, write
from tf_kms_guard.cli.run import RunOptions, run_check
from tf_kms_guard.rules.finding import Report
from tf_kms_guard.terraform.module import Module
from tf_kms_guard.terraform.module_reader import ModuleReader

MODULE = 'variable "reader" {}\n' + shared_bucket(key_principal="var.reader", owner="").replace(
    "kms:Decrypt", "kms:Get*"
)
MODULE = MODULE.partition('provider "aws"')[0] + MODULE.partition("\n}\n")[2]


def root(reader: str, source: str = "../../modules/bucket", account: str = "111122223333") -> str:
    return f"""
provider "aws" {{
  region              = "eu-west-1"
  allowed_account_ids = ["{account}"]
}}
module "bucket" {{
  source = "{source}"
  reader = "{reader}"
}}
"""


READER = "arn:aws:iam::444455556666:root"
TREE = {
    "modules/bucket/main.tf": MODULE,
    "modules/wrapper/main.tf": 'variable "reader" {}\nmodule "b" {\n  source = "../bucket"\n  reader = var.reader\n}\n',
    "envs/prod/main.tf": root(READER),
    "envs/test/main.tf": root(READER, "../../modules/wrapper", "222233334444"),
    "envs/unrelated/main.tf": 'resource "aws_s3_bucket" "logs" {}\n',
    ".terraform/modules/x/main.tf": 'resource "aws_s3_bucket" "hidden" {}\n',
}


class CountingReader(ModuleReader):
    """Counts how often each directory is read."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def read(self, directory: Path, within: Path | None) -> Module:
        self.counts[directory.resolve().name] += 1
        return super().read(directory, within)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write(tmp_path, TREE)


def test_the_roots_are_those_that_no_other_calls(here: Path) -> None:
    sources = [workspace["source"] for workspace in check(".").json["workspaces"]]
    assert sources == ["envs/prod", "envs/test", "envs/unrelated"]


def test_a_root_may_be_named_even_if_others_call_it(here: Path) -> None:
    assert [workspace["source"] for workspace in check("modules/wrapper").json["workspaces"]] == ["modules/wrapper"]


@pytest.mark.parametrize("names", [["."], ["envs/prod", "envs/test", "envs/unrelated"], ["modules/bucket/main.tf"]])
def test_what_roots_share_is_read_once(names: list[str], here: Path) -> None:
    reader = CountingReader()
    report = run_check(names, RunOptions(), reader)
    assert {"envs/prod", "envs/test"} <= {workspace.source for workspace in report.workspaces}
    assert set(reader.counts.values()) == {1}
    assert {"bucket", "wrapper", "prod", "test"} <= set(reader.counts)


def by_workspace(report: Report) -> dict[str, list[str]]:
    """What is said of each root module."""
    said: dict[str, list[str]] = {workspace.source: [] for workspace in report.workspaces}
    for finding in report.findings:
        said[finding.workspace].append(repr(finding))
    for entry in report.undetermined:
        said[entry.workspace].append(repr(entry))
    return said


def test_every_root_is_judged_as_if_it_were_alone_in_whatever_order(here: Path) -> None:
    roots = ["envs/prod", "envs/test", "envs/unrelated"]
    alone = {name: by_workspace(run_check([name], RunOptions()))[name] for name in roots}
    # the administrator in the key policy is of the account of envs/prod, and so an outsider in envs/test
    assert (len(alone["envs/prod"]), len(alone["envs/test"]), len(alone["envs/unrelated"])) == (1, 2, 0)
    assert by_workspace(run_check(roots, RunOptions())) == alone
    assert by_workspace(run_check(roots[::-1], RunOptions())) == alone


def test_a_module_reached_through_a_link_is_named_by_the_way_it_is_reached_in_whatever_order(here: Path) -> None:
    (here / "linked").symlink_to("modules")
    write(here, {"envs/link/main.tf": root(READER, "../../linked/bucket")})
    for names in (["envs/prod", "envs/link"], ["envs/link", "envs/prod"]):
        places = {f["workspace"]: f["location"]["file"] for f in check(*names).json["findings"]}
        assert places == {"envs/prod": "modules/bucket/main.tf", "envs/link": "linked/bucket/main.tf"}


def test_an_error_in_a_shared_module_is_said_once_and_every_root_knows_of_it(here: Path) -> None:
    write(here, {"modules/bucket/broken.tf": 'resource "aws_s3_bucket" {\n'})
    ran = check(".")
    assert ran.code == 2
    assert [(error["kind"], error["file"]) for error in ran.json["errors"]] == [("syntax", "modules/bucket/broken.tf")]
    assert check("envs/test").code == 2


def test_a_tree_without_roots_is_said_to_have_none_below_either(here: Path) -> None:
    write(here, {"empty/below/notes.txt": "nothing"})
    ran = check("empty")
    assert ran.code == 2
    assert "no Terraform files (.tf, .tofu, .tf.json) in this directory or below it" in " ".join(ran.err.split())
