"""Plan files and states read by us, against what the real Terraform prints of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluation.test_against_terraform import OWN, SAMPLES, settings_of, withheld_from
from tests.plans.comparing import differences, plain
from tests.terraform_stub.command import Root, StubbedTerraform
from tf_kms_guard.terraform.plan.detect import read_record
from tf_kms_guard.terraform.plan.model import Origin, Record

NO_LONGER_WRITTEN = {"goes", "is_forgotten"}


def prepared(directory: Path, terraform: StubbedTerraform, scratch: Path) -> Root:
    settings = settings_of(directory)
    told = {**settings.get("variables", {}), **withheld_from(directory)}
    return terraform.copy(directory, scratch, tuple(told.items()), settings.get("workspace"))


def both(root: Root, terraform: StubbedTerraform, plan: Path) -> tuple[Record, Record]:
    """The record of a plan file, and of what Terraform prints of it."""
    return read_record(plan, "tfplan"), read_record(terraform.shown(root, plan), "plan.json")


def assert_same(file: Record, shown: Record) -> None:
    assert (file.origin, shown.origin) == (Origin.PLAN_FILE, Origin.PLAN_JSON)
    for ours, theirs in ((file.resources, shown.resources), (file.gone, shown.gone)):
        assert not differences(ours, theirs, "provider")
        for address, recorded in ours.items():
            if theirs[address].provider is None:  # the JSON tells it of blocks alone that are still written
                assert recorded.name in NO_LONGER_WRITTEN
            else:
                assert recorded.provider == theirs[address].provider
    assert plain(file.outputs) == plain(shown.outputs)
    assert file.sensitive_outputs == shown.sensitive_outputs
    assert file.terraform_version == shown.terraform_version
    assert file.timestamp == shown.timestamp
    assert file.complete == shown.complete
    # A plan file holds the variables that were given; the JSON also those with defaults.
    assert plain(file.variables) == {name: plain(shown.variables[name]) for name in file.variables}
    assert not file.diagnostics
    assert not shown.diagnostics


@pytest.mark.oracle
@pytest.mark.parametrize("directory", [*OWN, *SAMPLES], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_plan_file_says_what_terraform_prints_of_it(
    directory: Path, stubbed_terraform: StubbedTerraform, tmp_path: Path
) -> None:
    root = prepared(directory, stubbed_terraform, tmp_path)
    file, shown = both(root, stubbed_terraform, stubbed_terraform.plan(root))
    assert_same(file, shown)
    assert file.workspace_name == (root.workspace or "default")
    for source in file.sources:
        for name, content in source.files.items():
            assert (root.directory / source.directory / name).read_bytes() == content
    assert file.sources[0].files


@pytest.mark.oracle
@pytest.mark.parametrize("directory", [*OWN, *SAMPLES], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_state_file_says_what_terraform_prints_of_it(
    directory: Path, stubbed_terraform: StubbedTerraform, tmp_path: Path
) -> None:
    root = prepared(directory, stubbed_terraform, tmp_path)
    stubbed_terraform.apply(root)
    stored = root.directory / "terraform.tfstate"
    ours = read_record(stored, "terraform.tfstate")
    shown = read_record(stubbed_terraform.shown(root, stored), "state.json")
    assert (ours.origin, shown.origin) == (Origin.STATE, Origin.STATE)
    # Terraform's JSON of a state does not say which provider configuration a resource has.
    assert not differences(ours.resources, shown.resources, "provider")
    assert plain(ours.outputs) == plain(shown.outputs)
    assert ours.sensitive_outputs == shown.sensitive_outputs
