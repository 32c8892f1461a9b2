"""Comments in the source suppress findings of a plan, wherever the source is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.support import check
from tests.plans.roots import BUCKET, CLOSED, PROVIDER, made, planned
from tests.terraform_stub.command import StubbedTerraform

pytestmark = pytest.mark.oracle

COMMENT = "# tf-kms-guard:ignore=KP001 they read with another key\n"


def test_comments_count_where_the_source_of_a_plan_is_known(
    tmp_path: Path, stubbed_terraform: StubbedTerraform, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "root"
    here.mkdir()
    monkeypatch.chdir(here)
    root = made(here, {"main.tf": PROVIDER + BUCKET, "key.tf": COMMENT + CLOSED})
    plan = planned(stubbed_terraform, root)
    for arguments in ([plan.name], ["tfplan"], [plan.name, "--source", "."]):
        ran = check("--no-config", *arguments)
        (finding,) = ran.json["findings"]
        assert (ran.code, finding["rule"], finding["change"]) == (0, "KP001", "introduced")
        assert finding["suppression"]["reason"] == "they read with another key"
        assert finding["suppression"]["location"]["line"] == 1
    (tmp_path / "alone").mkdir()
    monkeypatch.chdir(tmp_path / "alone")
    plan.rename("alone.json")
    alone = check("--no-config", "alone.json")
    assert all(finding["suppression"] is None for finding in alone.json["findings"])
