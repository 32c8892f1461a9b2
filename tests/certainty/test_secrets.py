"""What Terraform marks sensitive is in no output, and nothing outside the repository is read."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.certainty.roots import CLOSED_KEY, OBJECTS, PARTNER, allow, document, findings, root
from tests.cli.support import OWNER, check, guard, write

SECRET = "hush5ecretrole"
VARIABLE = f'variable "secret" {{\n  sensitive = true\n  default   = "{SECRET}"\n}}\n'
NO_DEFAULT = 'variable "secret" {\n  sensitive = true\n}\n'


def named(name: str, more: str = "") -> str:
    """A root whose bucket policy, and nothing else, lets a role of some name in."""
    reader = f"arn:aws:iam::{PARTNER}:role/{name}"
    return root(
        bucket_policy=document(allow("s3:GetObject", OBJECTS, "@")).replace('"@"', f'"{reader}"'),
        key=CLOSED_KEY,
        consumer="",
        more=more,
    )


ROOTS = {
    "a_sensitive_variable": {"main.tf": named("${var.secret}", VARIABLE)},
    "a_sensitive_variable_in_a_local": {
        "main.tf": named("${local.name}", VARIABLE + "locals {\n  name = upper(lower(var.secret))\n}\n")
    },
    "a_part_of_a_longer_text": {"main.tf": named("x-${var.secret}-y", VARIABLE)},
    "the_sensitive_function": {"main.tf": named(f'${{sensitive("{SECRET}")}}')},
    "a_tfvars_file": {
        "main.tf": named("${var.secret}", NO_DEFAULT),
        "terraform.tfvars": f'secret = "{SECRET}"\n',
    },
    "a_tfvars_file_of_the_wrong_type": {
        "main.tf": named("${var.secret}", 'variable "secret" {\n  sensitive = true\n  type = number\n}\n'),
        "terraform.tfvars": f'secret = "{SECRET}"\n',
    },
    "a_sensitive_output_of_a_module": {
        "main.tf": named("${module.name.name}", 'module "name" {\n  source = "./name"\n}\n'),
        "name/main.tf": VARIABLE + 'output "name" {\n  sensitive = true\n  value = var.secret\n}\n',
    },
}
COMMANDS = [
    ("check", "--format", "text"),
    ("check", "--format", "json"),
    ("inventory", "--format", "text"),
    ("inventory", "--format", "json"),
]


@pytest.mark.parametrize("files", ROOTS.values(), ids=ROOTS)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_sensitive_value_is_in_no_output(files: dict[str, str], command: tuple[str, ...], tmp_path: Path) -> None:
    ran = guard(*command, write(tmp_path, files))
    assert ran.out
    assert SECRET.lower() not in (ran.out + ran.err).lower()


def test_a_sensitive_value_on_the_command_line_is_in_no_output(tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": named("${var.secret}", NO_DEFAULT)})
    for command in COMMANDS:
        ran = guard(*command, "--var", f"secret={SECRET}", tmp_path)
        assert ran.out
        assert SECRET not in ran.out + ran.err


def test_a_sensitive_value_decides_all_the_same(tmp_path: Path) -> None:
    ran = check(write(tmp_path, {"main.tf": named("${var.secret}", VARIABLE)}))
    assert findings(ran) == [f"KP001 arn:aws:iam::{PARTNER}:role/(sensitive) high"]


# ---- links that lead out of the repository

OUTSIDE = "0utsideofit"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    inside = tmp_path / "repository"
    inside.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=inside, check=True, timeout=60)
    return inside


def link(where: Path, target: Path, *, directory: bool = False) -> None:
    where.parent.mkdir(parents=True, exist_ok=True)
    where.symlink_to(target, target_is_directory=directory)


def terraform_file(inside: Path, elsewhere: Path) -> None:
    code = f'resource "aws_s3_bucket" "{OUTSIDE}" {{\n  bucket = "{OUTSIDE}"\n}}\n{OUTSIDE} here\n'
    link(inside / "more.tf", write(elsewhere, {"more.tf": code}) / "more.tf")


def tfvars(inside: Path, elsewhere: Path) -> None:
    link(inside / "terraform.tfvars", write(elsewhere, {"v": f'text = "{OUTSIDE}"\n{OUTSIDE}:x:0\n'}) / "v")


def automatic_tfvars(inside: Path, elsewhere: Path) -> None:
    link(inside / "x.auto.tfvars", write(elsewhere, {"v": f'text = "{OUTSIDE}"\n{OUTSIDE}:x:0\n'}) / "v")


def module(inside: Path, elsewhere: Path) -> None:
    write(elsewhere, {"main.tf": f'resource "aws_s3_bucket" "{OUTSIDE}" {{}}\n{OUTSIDE} here\n'})
    link(inside / "part", elsewhere, directory=True)
    write(inside, {"call.tf": 'module "part" {\n  source = "./part"\n}\n'})


def file_of_a_module(inside: Path, elsewhere: Path) -> None:
    write(inside, {"call.tf": 'module "part" {\n  source = "./part"\n}\n'})
    write(elsewhere, {"main.tf": f'resource "aws_s3_bucket" "{OUTSIDE}" {{}}\n{OUTSIDE} here\n'})
    link(inside / "part" / "main.tf", elsewhere / "main.tf")


def policy_file(inside: Path, elsewhere: Path) -> None:
    link(inside / "policy.json", write(elsewhere, {"p": f'{{"Statement": "{OUTSIDE}"}}'}) / "p")
    text = 'resource "aws_kms_key" "more" {\n  policy = file("${path.module}/policy.json")\n}\n'
    write(inside, {"more.tf": text})


LINKS = [terraform_file, tfvars, automatic_tfvars, module, file_of_a_module, policy_file]


@pytest.mark.parametrize("make", LINKS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_link_out_of_the_repository_is_refused_and_nothing_of_it_shown(
    make: Callable[[Path, Path], None], command: tuple[str, ...], repository: Path, tmp_path: Path
) -> None:
    write(repository, {"main.tf": named("${var.text}")})
    make(repository, tmp_path / "elsewhere")
    ran = guard(*command, repository)
    assert OUTSIDE not in ran.out + ran.err
    words = " ".join((ran.out + ran.err).split())
    assert "out of the repository" in words or "outside the repository" in words


def test_a_link_within_the_repository_is_followed(repository: Path) -> None:
    write(repository, {"root/main.tf": named("reader"), "values/all.tfvars": f'text = "{OWNER}"\n'})
    link(repository / "root" / "terraform.tfvars", repository / "values" / "all.tfvars")
    assert check(repository / "root").json["errors"] == []
