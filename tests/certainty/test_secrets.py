"""What Terraform marks sensitive is in no output, and nothing outside the repository is read."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.certainty.roots import CLOSED_KEY, OBJECTS, PARTNER, allow, document, findings, root
from tests.cli.inventories import inventory
from tests.cli.support import OWNER, check, guard, write
from tf_kms_guard.reports.interface import FORMATS

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
    *(("check", "--format", name) for name in FORMATS),
    ("inventory", "--format", "text"),
    ("inventory", "--format", "json"),
    *(("access", "--format", name, *why) for name in ("text", "json") for why in ((), ("--why",))),
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


# ---- values that follow from sensitive ones

INPUTS = (
    VARIABLE
    + """
variable "number" {
  sensitive = true
  default   = 7301946
}

variable "passing" {
  ephemeral = true
  default   = "3phemeralrole"
}

variable "document" {
  sensitive = true
  default   = "{\\"name\\": \\"1nside-json\\"}"
}

variable "people" {
  sensitive = true
  type      = map(object({ role = string }))
  default   = { kim = { role = "r0leofkim" } }
}

locals {
  halves = split("5", var.secret)
}

module "naming" {
  source = "./naming"
  secret = var.secret
}
"""
)
NAMING = """
variable "secret" {}

output "name" {
  value = strrev(var.secret)
}

output "unmarked" {
  value     = "0nlyhiddenhere"
  sensitive = true
}
"""
DERIVED = {
    "base64encode(var.secret)": base64.b64encode(SECRET.encode()).decode(),
    "sha256(var.secret)": hashlib.sha256(SECRET.encode()).hexdigest(),
    "md5(var.secret)": hashlib.md5(SECRET.encode(), usedforsecurity=False).hexdigest(),
    "title(var.secret)": "Hush5ecretrole",
    "strrev(var.secret)": "elorterce5hsuh",
    "substr(var.secret, 0, 6)": "hush5e",
    "substr(var.secret, 0, 2)": "role/hu",
    "local.halves[0]": "hush",
    'replace(var.secret, "5ec", "S3C")': "hushS3Cret",
    'format("%s-of-%d", var.secret, var.number)': SECRET,
    'join("-", [substr(var.secret, 0, 3), "and"])': "hus-and",
    "var.number * 3": "21905838",
    "tostring(var.number)": "7301946",
    'regex("[a-z]+$", var.secret)': "ecretrole",
    'trimprefix(var.secret, "hush")': "5ecretrole",
    'var.secret == "x" ? "never" : "ch0senbyit"': "ch0senbyit",
    '[for word in [var.secret] : "${word}-${upper(word)}"][0]': SECRET,
    '{ for word in [var.secret] : "k" => substr(word, 4, -1) }.k': "5ecretrole",
    'lookup(tomap({ hush5ecretrole = "p1ckedbyit" }), var.secret)': "p1ckedbyit",
    '["zero", "0neofthem"][length(var.secret) - 13]': "0neofthem",
    'merge({ name = var.secret }, { x = "y" }).name': SECRET,
    'formatlist("%s-listed", [var.secret])[0]': SECRET,
    "jsondecode(var.document).name": "1nside-json",
    "yamldecode(var.document).name": "1nside-json",
    'var.people["kim"].role': "r0leofkim",
    "[for person in var.people : person.role][0]": "r0leofkim",
    "keys({ for person in var.people : person.role => 1 })[0]": "r0leofkim",
    "try(var.people.lee.role, substr(var.secret, 1, 8))": "ush5ecre",
    'templatefile("name.tftpl", { n = substr(var.secret, 2, 7) })': "sh5ecre",
    '"%{ for name in [var.secret] }${strrev(name)}%{ endfor }"': "elorterce5hsuh",
    'sort([var.secret, "a"])[1]': SECRET,
    "module.naming.name": "elorterce5hsuh",
    "module.naming.unmarked": "0nlyhiddenhere",
    "var.passing": "3phemeralrole",
    "upper(var.passing)": "3PHEMERALROLE",
    'coalesce("", substr(var.secret, 3, 9))': "h5ecretro",
}


def derived(expression: str) -> dict[str, str]:
    return {
        "main.tf": named(f"${{{expression}}}", INPUTS),
        "naming/main.tf": NAMING,
        "name.tftpl": "from-${n}",
    }


@pytest.mark.parametrize("expression", DERIVED)
def test_what_follows_from_a_sensitive_value_is_in_no_output(expression: str, tmp_path: Path) -> None:
    write(tmp_path, derived(expression))
    for command in COMMANDS:
        ran = guard(*command, tmp_path)
        for secret in (SECRET, DERIVED[expression]):
            assert secret.lower() not in (ran.out + ran.err).lower(), command
        assert "(sensitive)" in ran.out


@pytest.mark.parametrize("expression", DERIVED)
def test_what_follows_from_a_sensitive_value_decides_all_the_same(expression: str, tmp_path: Path) -> None:
    ran = check(write(tmp_path, derived(expression)))
    (found,) = findings(ran)
    assert found.startswith("KP001 ")
    assert found.endswith(" high")
    assert ran.json["errors"] == []


def test_a_refused_sensitive_value_is_in_no_message(tmp_path: Path) -> None:
    more = INPUTS + "locals {\n  n = tonumber(var.secret)\n  e = { a = 1 }[strrev(var.secret)]\n}\n"
    write(tmp_path, derived("module.naming.name") | {"main.tf": named("${local.n}${local.e}", more)})
    for command in COMMANDS:
        ran = guard(*command, tmp_path)
        assert "for a reason that is sensitive" in " ".join((ran.out + ran.err).split())
        assert SECRET not in ran.out + ran.err
        assert DERIVED["strrev(var.secret)"] not in ran.out + ran.err


def test_a_secret_in_what_is_not_known_is_in_no_reason_whole_or_cut_off(tmp_path: Path) -> None:
    for length in range(0, 40, 3):
        hidden = f'sha256("{"p" * length}${{var.secret}}${{var.text}}{"-" * 160}")'
        write(tmp_path, {"main.tf": named(f"${{{hidden}}}", VARIABLE)})
        for command in COMMANDS:
            ran = guard(*command, tmp_path)
            assert SECRET[:4] not in ran.out + ran.err


def test_many_secrets_are_hidden_at_once(tmp_path: Path) -> None:
    more = """
variable "many" {
  sensitive = true
  default   = 1000
}

locals {
  names = [for number in range(var.many) : "n4me-of-${number}"]
}
"""
    write(tmp_path, {"main.tf": named("${local.names[432]}", more)})
    assert findings(check(tmp_path)) == [f"KP001 arn:aws:iam::{PARTNER}:role/(sensitive) high"]


@pytest.mark.parametrize("secret", ["error", "high", "jsonencode", "1234", "main.tf", "location"])
def test_a_secret_that_is_a_word_of_ours_does_not_spoil_a_report(secret: str, tmp_path: Path) -> None:
    write(tmp_path, {"main.tf": named("${var.secret}", VARIABLE.replace(SECRET, secret))})
    (found,) = check(tmp_path).json["findings"]
    assert (found["severity"], found["confidence"]) == ("error", "high")
    assert found["location"]["file"].endswith("main.tf")
    assert found["principal"]["value"] == f"arn:aws:iam::{PARTNER}:role/(sensitive)"
    assert inventory(tmp_path)["workspaces"][0]["buckets"][0]["policy"]["form"] == "jsonencode"


def test_a_policy_that_is_sensitive_as_a_whole_is_judged_and_not_shown(tmp_path: Path) -> None:
    reader = allow("s3:GetObject", "arn:aws:s3:::acme-shared-data/*", f"arn:aws:iam::{PARTNER}:role/{SECRET}")
    policy = f'{{"Version": "2012-10-17", "Statement": [{reader}]}}'
    more = 'variable "policy" {\n  sensitive = true\n}\n'
    files = {"main.tf": root(bucket_policy="var.policy", key=CLOSED_KEY, consumer="", more=more)}
    write(tmp_path, files | {"terraform.tfvars.json": json.dumps({"policy": policy})})
    assert [found.split()[0] for found in findings(check(tmp_path))] == ["KP001"]
    for command in COMMANDS:
        ran = guard(*command, tmp_path)
        assert SECRET not in ran.out + ran.err


def test_dynamic_blocks_over_a_sensitive_list_are_made_as_terraform_makes_them(tmp_path: Path) -> None:
    more = """
variable "readers" {
  sensitive = true
  default   = ["arn:aws:iam::444455556666:role/hush5ecretrole"]
}

data "aws_iam_policy_document" "readers" {
  dynamic "statement" {
    for_each = var.readers
    content {
      actions   = ["s3:GetObject"]
      resources = ["${aws_s3_bucket.data.arn}/*"]
      principals {
        type        = "AWS"
        identifiers = [statement.value]
      }
    }
  }
}
"""
    policy = "data.aws_iam_policy_document.readers.json"
    write(tmp_path, {"main.tf": root(bucket_policy=policy, key=CLOSED_KEY, consumer="", more=more)})
    assert findings(check(tmp_path)) == ["KP001 (sensitive) high"]
    for command in COMMANDS:
        ran = guard(*command, tmp_path)
        assert SECRET not in ran.out + ran.err


ACCOUNT = f'variable "account_id" {{\n  sensitive = true\n  default   = "{PARTNER}"\n}}\n'


def test_a_sensitive_account_id_leaves_nothing_open(tmp_path: Path) -> None:
    reader = '"arn:aws:iam::${var.account_id}:role/reader"'
    policy = document(allow("s3:GetObject", OBJECTS, "@")).replace('"@"', reader)
    write(tmp_path, {"main.tf": root(bucket_policy=policy, key=CLOSED_KEY, consumer="", more=ACCOUNT)})
    ran = check(tmp_path)
    assert findings(ran) == ["KP001 arn:aws:iam::(sensitive):role/reader high"]
    assert ran.json["undetermined"] == []
    (found,) = ran.json["findings"]
    assert found["fix"]["statement"]["Principal"] == {"AWS": "arn:aws:iam::(sensitive):role/reader"}


def test_a_sensitive_count_is_taken_and_a_sensitive_for_each_refused_as_terraform_does(tmp_path: Path) -> None:
    more = """
variable "many" {
  sensitive = true
  default   = 2
}

variable "keys" {
  sensitive = true
  type      = set(string)
  default   = ["k3yofone"]
}

resource "aws_kms_key" "counted" {
  count = var.many
}

resource "aws_kms_key" "keyed" {
  for_each = var.keys
}
"""
    write(tmp_path, {"main.tf": named("reader", more)})
    data = inventory(tmp_path)
    keys = [key["address"] for key in data["workspaces"][0]["keys"]]
    assert [key for key in keys if "counted" in key] == ["aws_kms_key.counted[0]", "aws_kms_key.counted[1]"]
    assert [error["message"] for error in data["errors"]] == [
        "for_each must not be sensitive or ephemeral: its keys would be shown"
    ]
    assert "k3yofone" not in str(data)


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
