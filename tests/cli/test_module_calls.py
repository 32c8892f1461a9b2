"""Findings inside modules say which calls lead there, and point into the user's own code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.support import OWNER, check, guard, write

READER = "arn:aws:iam::444455556666:role/reader"
WRITER = "arn:aws:iam::777788889999:role/writer"

STATEMENTS = """\
data "aws_iam_policy_document" "key" {
  statement {
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root"]
    }
  }
  statement {
    actions   = ["kms:DescribeKey"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [var.reader]
    }
  }
}
output "json" { value = data.aws_iam_policy_document.key.json }
"""
ENCODED = """\
output "json" {
  value = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:*", Resource = "*" },
      { Effect = "Allow", Principal = { AWS = var.reader }, Action = "kms:DescribeKey", Resource = "*" },
    ]
  })
}
"""
HEREDOC = """\
output "json" {
  value = <<EOT
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
  {"Effect": "Allow", "Principal": {"AWS": "${var.reader}"}, "Action": "kms:DescribeKey", "Resource": "*"}
]}
EOT
}
"""
TEMPLATE = """\
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
  {"Effect": "Allow", "Principal": {"AWS": "${reader}"}, "Action": "kms:DescribeKey", "Resource": "*"}
]}
"""
RENDERED = 'output "json" { value = templatefile("${path.module}/key.json.tftpl", { reader = var.reader }) }\n'
READ = 'output "json" { value = replace(file("${path.module}/key.json.tftpl"), "$${reader}", var.reader) }\n'

BUCKET = """\
variable "reader" {}
variable "name" {}
module "policy" {
  source = "../policy"
  reader = var.reader
}
resource "aws_kms_key" "data" {
  policy = module.policy.json
}
resource "aws_s3_bucket" "data" {
  bucket = var.name
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
resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = var.reader }, Action = "s3:GetObject",
      Resource = "${aws_s3_bucket.data.arn}/*" }]
  })
}
"""

PROVIDER = f'provider "aws" {{\n  region              = "eu-west-1"\n  allowed_account_ids = ["{OWNER}"]\n}}\n'

ROOT = f"""\
module "first" {{
  source = "./modules/bucket"
  name   = "first-bucket"
  reader = "{READER}"
}}
module "second" {{
  source = "./modules/bucket"
  name   = "second-bucket"
  reader = "{WRITER}"
}}
"""

WRITTEN: dict[str, tuple[dict[str, str], str, int, int]] = {
    "document": ({"main.tf": STATEMENTS}, "main.tf", 10, 3),
    "jsonencode": ({"main.tf": ENCODED}, "main.tf", 6, 7),
    "heredoc": ({"main.tf": HEREDOC}, "main.tf", 5, 3),
    "templatefile": ({"main.tf": RENDERED, "key.json.tftpl": TEMPLATE}, "key.json.tftpl", 3, 3),
    "file": ({"main.tf": READ, "key.json.tftpl": TEMPLATE}, "key.json.tftpl", 3, 3),
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def place(location: dict[str, Any]) -> tuple[str, int, int]:
    return location["file"], location["line"], location["column"]


def related(finding: dict[str, Any]) -> list[tuple[str, tuple[str, int, int]]]:
    return [(one["message"], place(one["location"])) for one in finding["related"]]


def calls(finding: dict[str, Any]) -> list[tuple[str, int, int]]:
    return [where for message, where in related(finding) if message.startswith("called from here")]


@pytest.mark.parametrize("form", WRITTEN)
def test_each_use_of_a_module_shows_its_own_calls_the_innermost_first(form: str, here: Path) -> None:
    files, file, line, column = WRITTEN[form]
    policy = {f"modules/policy/{name}": text for name, text in files.items()}
    policy["modules/policy/variables.tf"] = 'variable "reader" {}\n'
    write(here, {**policy, "modules/bucket/main.tf": BUCKET, "main.tf": ROOT, "provider.tf": PROVIDER})
    first, second = sorted(check().json["findings"], key=lambda one: str(one["resource"]))
    for finding, principal, line_of_call in ((first, READER, 1), (second, WRITER, 6)):
        assert (finding["rule"], finding["principal"]["value"]) == ("KP003", principal)
        assert place(finding["location"]) == (f"modules/policy/{file}", line, column)
        assert calls(finding) == [("modules/bucket/main.tf", 3, 1), ("main.tf", line_of_call, 1)]


def test_a_finding_in_the_root_module_has_no_calls(here: Path) -> None:
    text = BUCKET.replace('variable "reader" {}', f'variable "reader" {{ default = "{READER}" }}')
    text = text.replace('variable "name" {}', 'variable "name" { default = "first-bucket" }')
    inside = text.replace('module "policy" {\n  source = "../policy"\n  reader = var.reader\n}\n', "")
    inside = inside.replace("module.policy.json", "data.aws_iam_policy_document.key.json")
    write(here, {"main.tf": inside, "policy.tf": STATEMENTS.split("output", maxsplit=1)[0], "provider.tf": PROVIDER})
    (finding,) = check().json["findings"]
    assert (finding["rule"], calls(finding)) == ("KP003", [])


def test_the_text_report_shows_the_calls(here: Path) -> None:
    write(here, {"modules/policy/main.tf": STATEMENTS + 'variable "reader" {}\n', "modules/bucket/main.tf": BUCKET})
    write(here, {"main.tf": ROOT, "provider.tf": PROVIDER})
    out = guard("check").out
    assert "::: modules/bucket/main.tf:3:1" in out
    assert "::: main.tf:1:1" in out
    assert "::: main.tf:6:1" in out
    assert "called from here" in out


def test_where_a_module_stands_does_not_change_a_fingerprint(here: Path) -> None:
    write(here, {"modules/policy/main.tf": STATEMENTS + 'variable "reader" {}\n', "modules/bucket/main.tf": BUCKET})
    write(here, {"main.tf": ROOT, "provider.tf": PROVIDER})
    before = {finding["fingerprint"] for finding in check().json["findings"]}
    write(here, {"main.tf": "\n\n# moved\n" + ROOT})
    assert {finding["fingerprint"] for finding in check().json["findings"]} == before
    assert len(before) == 2


def test_of_a_long_chain_the_innermost_calls_are_shown_and_the_outermost(here: Path) -> None:
    write(here, {"m0/main.tf": BUCKET, "provider.tf": PROVIDER})
    write(here, {"policy/main.tf": STATEMENTS + 'variable "reader" {}\n'})
    for number in range(1, 8):
        inner = f'module "inner" {{\n  source = "../m{number - 1}"\n  reader = var.reader\n  name = var.name\n}}\n'
        write(here, {f"m{number}/main.tf": 'variable "reader" {}\nvariable "name" {}\n' + inner})
    write(here, {"main.tf": ROOT.split('module "second"', maxsplit=1)[0].replace("./modules/bucket", "./m7")})
    (finding,) = check().json["findings"]
    assert related(finding)[:4] == [
        ("called from here", ("m0/main.tf", 3, 1)),
        ("called from here", ("m1/main.tf", 3, 1)),
        ("called from here", ("m2/main.tf", 3, 1)),
        ("called from here, 5 more calls further out", ("main.tf", 1, 1)),
    ]


SIGNS = {
    "the principal is written in the statement": (
        f"""{{ Effect = "Allow",
      Principal = {{ AWS = "{READER}" }}, Action = ["s3:GetObject", "s3:PutObject"],
      Resource = "${{aws_s3_bucket.data.arn}}/*" }}""",
        (21, 27),
    ),
    "the principal is written elsewhere in the file": (
        """{ Effect = "Allow",
      Principal = { AWS = local.reader }, Action = ["s3:GetObject", "s3:PutObject"],
      Resource = "${aws_s3_bucket.data.arn}/*" }""",
        (20, 18),
    ),
}


@pytest.mark.parametrize("written", SIGNS)
def test_who_is_meant_to_have_access_is_shown_where_the_policy_says_so(written: str, here: Path) -> None:
    statement, (line, column) = SIGNS[written]
    text = f"""\
locals {{ reader = "{READER}" }}
resource "aws_kms_key" "data" {{
  policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Principal = {{ AWS = "{OWNER}" }}, Action = "kms:*", Resource = "*" }}]
  }})
}}
resource "aws_s3_bucket" "data" {{}}
resource "aws_s3_bucket_server_side_encryption_configuration" "data" {{
  bucket = aws_s3_bucket.data.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }}
  }}
}}
resource "aws_s3_bucket_policy" "data" {{
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({{
    Statement = [{statement}]
  }})
}}
"""
    write(here, {"main.tf": text, "provider.tf": PROVIDER})
    (finding,) = check().json["findings"]
    meant = "it is meant to read and write to: the bucket policy allows it s3:GetObject, s3:PutObject"
    assert related(finding) == [(meant, ("main.tf", line, column))]


# ---- downloaded modules

KEY_MODULE = """\
variable "policy" { default = null }
variable "description" {}
locals { policy = coalesce(var.policy, "{}") }
resource "aws_kms_key" "this" {
  description = var.description
  policy      = local.policy
}
output "arn" { value = aws_kms_key.this.arn }
"""
OWN_CODE = f"""\
module "key" {{
  source      = "acme/key/aws"
  description = "shared"
  policy      = data.aws_iam_policy_document.key.json
}}
resource "aws_s3_bucket" "data" {{ bucket = "first-bucket" }}
resource "aws_s3_bucket_server_side_encryption_configuration" "data" {{
  bucket = aws_s3_bucket.data.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = module.key.arn
    }}
  }}
}}
resource "aws_s3_bucket_policy" "data" {{
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Principal = {{ AWS = "{READER}" }}, Action = "s3:GetObject",
      Resource = "${{aws_s3_bucket.data.arn}}/*" }}]
  }})
}}
data "aws_iam_policy_document" "key" {{
  statement {{
    actions   = ["kms:*"]
    resources = ["*"]
    principals {{
      type        = "AWS"
      identifiers = ["arn:aws:iam::{OWNER}:root"]
    }}
  }}
}}
"""
DOWNLOADED = ".terraform/modules/key"


def installed(**keys: str) -> str:
    """The manifest of downloaded modules, by key."""
    return json.dumps({"Modules": [{"Key": key, "Source": "x", "Dir": where} for key, where in keys.items()]})


def test_in_a_downloaded_module_the_argument_is_the_place_and_the_modules_line_is_related(here: Path) -> None:
    write(here, {"main.tf": OWN_CODE, "provider.tf": PROVIDER, f"{DOWNLOADED}/main.tf": KEY_MODULE})
    write(here, {".terraform/modules/modules.json": installed(key=DOWNLOADED)})
    (finding,) = check().json["findings"]
    assert (finding["rule"], finding["resource"]) == ("KP001", "module.key.aws_kms_key.this")
    assert place(finding["location"]) == ("main.tf", 4, 3)
    message, where = related(finding)[0]
    assert message.startswith("in the downloaded module: nothing here allows kms:Decrypt")
    assert where == (f"{DOWNLOADED}/main.tf", 6, 3)
    assert calls(finding) == []


def test_without_such_an_argument_it_is_the_call(here: Path) -> None:
    own = OWN_CODE.replace("  policy      = data.aws_iam_policy_document.key.json\n", "")
    module = KEY_MODULE.replace("policy      = local.policy", "is_enabled  = true")
    write(here, {"main.tf": own, "provider.tf": PROVIDER, f"{DOWNLOADED}/main.tf": module})
    write(here, {".terraform/modules/modules.json": installed(key=DOWNLOADED)})
    (finding,) = check().json["findings"]
    assert (finding["rule"], place(finding["location"])) == ("KP002", ("main.tf", 1, 1))
    assert related(finding)[0][1] == (f"{DOWNLOADED}/main.tf", 4, 1)


def test_through_a_module_of_ones_own_and_two_downloaded_ones_the_argument_is_followed(here: Path) -> None:
    outer = (
        'variable "text" {}\nmodule "inner" {\n  source = "../key"\n  description = "k"\n  policy = var.text\n}\n'
        'output "arn" { value = module.inner.arn }\n'
    )
    own = OWN_CODE.replace("  description = ", "  # ").replace("  policy      = data", "  text = data")
    write(here, {"own/main.tf": own, "main.tf": 'module "data" { source = "./own" }\n', "provider.tf": PROVIDER})
    write(here, {f"{DOWNLOADED}/main.tf": KEY_MODULE, ".terraform/modules/outer/main.tf": outer})
    manifest = {"data.key": ".terraform/modules/outer", "data.key.inner": DOWNLOADED}
    write(here, {".terraform/modules/modules.json": installed(**manifest)})
    (finding,) = check().json["findings"]
    assert finding["resource"] == "module.data.module.key.module.inner.aws_kms_key.this"
    assert place(finding["location"]) == ("own/main.tf", 4, 3)
    assert [where for _, where in related(finding)][:3] == [
        (f"{DOWNLOADED}/main.tf", 6, 3),
        (".terraform/modules/outer/main.tf", 5, 3),
        ("main.tf", 1, 1),
    ]
