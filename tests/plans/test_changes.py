"""What a plan does to each finding: it introduces, keeps or resolves it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.support import check, guard
from tests.plans.roots import BUCKET, CLOSED, OPEN, PROVIDER, made, planned
from tests.terraform_stub.command import Root, StubbedTerraform
from tests.terraform_stub.provider import Mode

pytestmark = pytest.mark.oracle


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Root:
    made_root = made(tmp_path / "root", {"main.tf": PROVIDER + BUCKET})
    monkeypatch.chdir(made_root.directory)
    return made_root


def changed(root: Root, terraform: StubbedTerraform, before: str, after: str) -> Path:
    made(root.directory, {"key.tf": before})
    terraform.apply(root)
    made(root.directory, {"key.tf": after})
    return planned(terraform, root)


def changes(target: str | Path, *options: str) -> list[tuple[str, str]]:
    return [(one["rule"], one["change"]) for one in check(target, *options).json["findings"]]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (OPEN, CLOSED, [("KP001", "introduced")]),
        (CLOSED, CLOSED.replace('"shared"', '"changed"'), [("KP001", "kept")]),
        (OPEN, OPEN.replace('"shared"', '"changed"'), []),
    ],
)
def test_introduced_and_kept(
    before: str, after: str, expected: list[tuple[str, str]], root: Root, stubbed_terraform: StubbedTerraform
) -> None:
    plan = changed(root, stubbed_terraform, before, after)
    assert changes(plan.name) == expected
    assert changes("tfplan") == expected
    elsewhere = root.directory.parent / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(plan, elsewhere)
    assert changes(elsewhere / "plan.json") == expected  # all of it is known: it needs no source
    wanted = [entry for entry in expected if entry[1] == "introduced"]
    assert changes("tfplan", "--only", "introduced") == wanted
    assert check("tfplan", "--only", "introduced").code == (1 if wanted else 0)


def test_what_is_resolved_is_told_and_does_not_count(root: Root, stubbed_terraform: StubbedTerraform) -> None:
    changed(root, stubbed_terraform, CLOSED, OPEN)
    ran = check("tfplan")
    assert [one["change"] for one in ran.json["findings"]] == ["resolved"]
    assert (ran.code, ran.json["summary"]["error"]) == (0, 0)
    shown = guard("check", "tfplan")
    assert shown.code == 0
    assert "resolved[KP002]: before this plan, role/reader in 444455556666 cannot read" in shown.out


def test_source_alone_says_nothing_of_changes(root: Root) -> None:
    made(root.directory, {"key.tf": CLOSED})
    assert [one["change"] for one in check(".").json["findings"]] == [None]
    assert "= change:" not in guard("check", ".").out


def test_a_plan_that_destroys_everything_resolves_what_was_wrong(
    root: Root, stubbed_terraform: StubbedTerraform
) -> None:
    made(root.directory, {"key.tf": CLOSED})
    stubbed_terraform.apply(root)
    plan = stubbed_terraform.plan(root, Mode.NORMAL, "-destroy")
    (root.directory / "plan.json").write_bytes(stubbed_terraform.shown(root, plan))
    elsewhere = root.directory.parent / "elsewhere"
    elsewhere.mkdir()
    shutil.copy("plan.json", elsewhere)
    for target in ("plan.json", "tfplan", elsewhere / "plan.json"):
        assert {change for _, change in changes(target)} == {"resolved"}
        assert check(target).code == 0


def test_what_a_plan_of_one_target_deletes_is_gone(root: Root, stubbed_terraform: StubbedTerraform) -> None:
    made(root.directory, {"key.tf": OPEN})
    stubbed_terraform.apply(root)
    stubbed_terraform.plan(root, Mode.NORMAL, "-destroy", "-target=aws_s3_bucket_policy.data")
    assert changes("tfplan") == [("CH003", "introduced")]
    (finding,) = check("tfplan").json["findings"]
    assert "loses access to s3://acme-shared-data: this plan deletes aws_s3_bucket_policy.data" in finding["message"]
