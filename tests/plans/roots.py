"""Root modules for tests of plans, planned by the real Terraform."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.terraform_stub.command import Root, StubbedTerraform

OWNER, PARTNER = "111122223333", "444455556666"
READER = f"arn:aws:iam::{PARTNER}:role/reader"

PROVIDER = f"""\
provider "aws" {{
  region              = "eu-west-1"
  allowed_account_ids = ["{OWNER}"]
}}
"""


def allow(principal: str, action: str) -> str:
    """A statement of a key policy."""
    return f'{{ Effect = "Allow", Principal = {{ AWS = "{principal}" }}, Action = "{action}", Resource = "*" }}'


ADMINISTRATION = allow(f"arn:aws:iam::{OWNER}:root", "kms:*")
SHARED = allow(READER, "kms:Decrypt")

BUCKET = f"""\
resource "aws_s3_bucket" "data" {{
  bucket = "acme-shared-data"
}}
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
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Principal = {{ AWS = "{READER}" }}, Action = "s3:GetObject",
      Resource = "${{aws_s3_bucket.data.arn}}/*" }}]
  }})
}}
"""


def key(*statements: str) -> str:
    """A key with a policy of statements."""
    return f"""\
resource "aws_kms_key" "data" {{
  description = "shared"
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{", ".join(statements)}]
  }})
}}
"""


CLOSED = key(ADMINISTRATION)
OPEN = key(ADMINISTRATION, SHARED)


def made(directory: Path, files: Mapping[str, str]) -> Root:
    """A root module of files by their paths."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Root(directory)


def planned(terraform: StubbedTerraform, root: Root, name: str = "plan.json") -> Path:
    """The JSON of a new plan, in a file beside the source."""
    shown = terraform.show(root, terraform.plan(root))
    path = root.directory / name
    path.write_text(json.dumps(shown), encoding="utf-8")
    return path
