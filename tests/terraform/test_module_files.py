"""Which files make up a module, and what of a module that is not here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.support import write
from tests.terraform.judging import NoSchema
from tf_kms_guard.terraform.derived import first_unknown
from tf_kms_guard.terraform.workspace import Workspace, WorkspaceOptions, load_workspace
from tf_kms_guard.values.unknown import Unknown


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loaded(directory: Path, files: Mapping[str, str]) -> Workspace:
    write(directory, files)
    return load_workspace(Path("."), NoSchema(), WorkspaceOptions())


def output(value: str) -> str:
    return f'output "which" {{ value = "{value}" }}\n'


# OpenTofu, "Files and Directories": a .tofu file takes the place of the .tf file of its name. Terraform does not read it.
TOFU: dict[str, tuple[dict[str, str], str]] = {
    "alone": ({"main.tofu": output("tofu")}, "tofu"),
    "beside_its_namesake": ({"main.tf": output("tf"), "main.tofu": output("tofu")}, "tofu"),
    "beside_another": ({"main.tf": output("tf"), "other.tofu": ""}, "tf"),
    "in_json": ({"main.tf.json": "not read", "main.tofu.json": '{"output": {"which": {"value": "tofu"}}}'}, "tofu"),
    "of_the_other_syntax": ({"main.tf.json": '{"output": {"which": {"value": "tf"}}}', "main.tofu": ""}, "tf"),
    "an_override": ({"main.tf": output("tf"), "x_override.tofu": output("tofu")}, "tofu"),
    "only_in_the_name": ({"main.tofu.tf": output("tf"), "main.tf.tf": ""}, "tf"),
}


@pytest.mark.parametrize(("files", "expected"), TOFU.values(), ids=TOFU)
def test_a_tofu_file_is_read_instead_of_its_namesake(files: dict[str, str], expected: str, here: Path) -> None:
    workspace = loaded(here, files)
    assert workspace.diagnostics == ()
    assert workspace.root.read("which") == expected


MISSING = """\
module "one" {
  source = "acme/bucket/aws"
}
module "two" {
  source   = "git::https://git.example.com/modules.git"
  for_each = toset(["a", "b"])
}
module "part" {
  source = "./part"
  count  = 3
}
output "one" { value = module.one.arn }
output "two" { value = module.two["a"].arn }
output "part" { value = module.part[0].arn }
output "known" { value = "beside" }
"""
PART = 'module "three" { source = "acme/key/aws" }\noutput "arn" { value = module.three.key.arn }\n'


def test_outputs_of_modules_that_are_not_downloaded_are_free_and_one_note_says_what_brings_them(here: Path) -> None:
    workspace = loaded(here, {"main.tf": MISSING, "part/main.tf": PART})
    for name in ("one", "two", "part"):
        unknown = first_unknown(workspace.root.read(name))
        assert unknown is not None
        assert (unknown.minted, unknown.settle) == (False, "terraform get")
    assert workspace.root.read("known") == "beside"
    list(workspace.instances())
    (note,) = workspace.diagnostics
    assert note.kind.value == "module-missing"
    assert note.message == (
        "3 modules are not downloaded (module.one, module.two, module.part.module.three): run terraform get in ."
    )
    assert note.span is not None
    assert (note.span.file, note.span.line) == ("main.tf", 1)


def test_a_single_one_is_named_with_its_source(here: Path) -> None:
    workspace = loaded(here, {"main.tf": 'module "one" { source = "acme/bucket/aws" }\n'})
    list(workspace.instances())
    assert [note.message for note in workspace.diagnostics] == [
        "module.one is not read: its source acme/bucket/aws is not downloaded: run terraform get in ."
    ]


def test_of_many_the_first_are_named(here: Path) -> None:
    calls = "".join(f'module "m{number}" {{ source = "acme/bucket/aws" }}\n' for number in range(9))
    workspace = loaded(here, {"main.tf": calls})
    list(workspace.instances())
    assert [note.message for note in workspace.diagnostics] == [
        "9 modules are not downloaded (module.m0, module.m1, module.m2, module.m3, module.m4 and 4 more): "
        "run terraform get in ."
    ]


EPHEMERAL = """\
ephemeral "aws_secretsmanager_secret_version" "this" { secret_id = "acme" }
resource "aws_db_instance" "this" {
  password_wo = ephemeral.aws_secretsmanager_secret_version.this.secret_string
}
output "hidden" { value = "x-${ephemeral.aws_secretsmanager_secret_version.this.secret_string}" }
output "given" { value = ephemeral.aws_secretsmanager_secret_version.this.secret_id }
"""


def test_what_an_ephemeral_resource_gives_is_free_and_no_mistake(here: Path) -> None:
    workspace = loaded(here, {"main.tf": EPHEMERAL})
    unknown = first_unknown(workspace.root.read("hidden"))
    assert unknown is not None
    assert not unknown.minted
    assert unknown.identity == "ephemeral.aws_secretsmanager_secret_version.this.secret_string"
    assert workspace.root.read("given") == "acme"
    assert workspace.diagnostics == ()


COUNTED = """\
module "many" {
  source = "acme/bucket/aws"
  count  = 2
}
module "each" {
  source   = "acme/bucket/aws"
  for_each = toset(["a"])
}
output "first"  { value = module.many[0].arn }
output "last"   { value = module.many[1].arn }
output "splat"  { value = module.many[*].arn }
output "keyed"  { value = module.each["a"].arn }
output "values" { value = values(module.each) }
output "for"    { value = [for key, one in module.each : one.arn] }
output "length" { value = length(module.many) }
"""


@pytest.mark.parametrize("name", ["first", "last", "splat", "keyed", "values", "for", "length"])
@pytest.mark.parametrize("assumed", [{}, {"module.many[1].arn": "told", 'module.each["b"].arn': "told"}])
def test_of_a_missing_module_with_instances_nothing_is_known_and_nothing_is_refused(
    name: str, assumed: dict[str, str], here: Path
) -> None:
    write(here, {"main.tf": COUNTED})
    workspace = load_workspace(Path("."), NoSchema(), WorkspaceOptions(assumed=dict(assumed)))
    value = workspace.root.read(name)
    if name == "last" and assumed:
        assert value == "told"
    else:
        assert isinstance(value, Unknown)
        assert "module." in value.because
    assert [note.kind.value for note in workspace.diagnostics] == ["module-missing"]
