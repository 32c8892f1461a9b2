"""How long does `tf-kms-guard check` take on the facts of an organisation, and how much memory?

The organisation is made up: 1,000 workspaces, each an account's, with 5,000 buckets, 3,000 keys and 20,000 roles in
all. Every bucket is shared with roles of other workspaces, which name it by its ARN, by remote state or by an alias.
Some gates are closed. The facts are collected for a few workspaces by the program and then written for the others
with other names. The same organisation at half the size tells how the time grows.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORKSPACES = 1_000
BUCKETS, KEYS, ROLES = 5, 3, 20
"""Of each workspace."""

BAR_SECONDS = 60
BAR_MEGABYTES = 2_048
BAR_GROWTH = 2.2
RUNS = 1
PROGRAM = Path(sys.executable).with_name("tf-kms-guard")
TEMPLATE = 700
"""The workspace that is collected: others have its facts with other numbers."""


def account(number: int) -> str:
    """The account of a workspace."""
    return str(100_000_000_000 + number)


def source(number: int, reads: int) -> str:
    """The root module of a workspace, whose roles use the buckets of the workspace ``reads``."""
    buckets = "".join(_bucket(number, index) for index in range(BUCKETS))
    keys = "".join(_key(number, index) for index in range(KEYS))
    roles = "".join(_role(number, index, reads) for index in range(ROLES))
    return f"""
terraform {{
  backend "s3" {{
    bucket = "acme-states"
    key    = "team-{number}/terraform.tfstate"
    region = "eu-west-1"
  }}
}}

provider "aws" {{
  region              = "eu-west-1"
  allowed_account_ids = ["{account(number)}"]
}}

data "terraform_remote_state" "other" {{
  backend = "s3"
  config = {{
    bucket = "acme-states"
    key    = "team-{reads}/terraform.tfstate"
    region = "eu-west-1"
  }}
}}

output "key_arns" {{
  value = {{
{chr(10).join(f"    k{index} = aws_kms_key.k{index}.arn" for index in range(KEYS))}
  }}
}}
{keys}{buckets}{roles}"""


def _readers(number: int, index: int) -> str:
    """The roles of the next workspace that use a bucket: four of its twenty for each."""
    of = account(number % 1_000 + 1)
    return ", ".join(f'"arn:aws:iam::{of}:role/r{role}"' for role in range(index, ROLES, BUCKETS))


def _key(number: int, index: int) -> str:
    using = [bucket for bucket in range(BUCKETS) if bucket % KEYS == index]
    readers = ", ".join(_readers(number, bucket) for bucket in using)
    return f"""
resource "aws_kms_key" "k{index}" {{
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{
        Sid       = "Own"
        Effect    = "Allow"
        Principal = {{ AWS = "arn:aws:iam::{account(number)}:root" }}
        Action    = "kms:*"
        Resource  = "*"
      }},
      {{ Effect = "Allow", Principal = {{ AWS = [{readers}] }}, Action = ["kms:Decrypt"], Resource = "*" }},
    ]
  }})
}}
"""


def _bucket(number: int, index: int) -> str:
    return f"""
resource "aws_s3_bucket" "b{index}" {{
  bucket = "acme-team-{number}-b{index}"
}}

resource "aws_s3_bucket_server_side_encryption_configuration" "b{index}" {{
  bucket = aws_s3_bucket.b{index}.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k{index % KEYS}.arn
    }}
  }}
}}

data "aws_iam_policy_document" "b{index}" {{
  statement {{
    sid       = "Readers"
    actions   = ["s3:GetObject"]
    resources = ["${{aws_s3_bucket.b{index}.arn}}/*"]
    principals {{
      type        = "AWS"
      identifiers = [{_readers(number, index)}]
    }}
  }}
}}

resource "aws_s3_bucket_policy" "b{index}" {{
  bucket = aws_s3_bucket.b{index}.id
  policy = data.aws_iam_policy_document.b{index}.json
}}
"""


def _role(number: int, index: int, reads: int) -> str:
    bucket = index % BUCKETS
    action = "kms:DescribeKey" if index == 0 and number % 50 == 0 else "kms:Decrypt"
    return f"""
resource "aws_iam_role" "r{index}" {{
  name               = "r{index}"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [] }})
}}

resource "aws_iam_role_policy" "r{index}" {{
  role = aws_iam_role.r{index}.id
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-team-{reads}-b{bucket}/*" }},
      {{
        Effect   = "Allow"
        Action   = "{action}"
        Resource = data.terraform_remote_state.other.outputs.key_arns.k{bucket % KEYS}
      }},
    ]
  }})
}}
"""


def facts(directory: Path, workspaces: int) -> list[Path]:
    """Write the facts of so many workspaces: of each kind one is collected, the others are its facts renumbered."""
    collected = {closed: _collected(directory, closed) for closed in (False, True)}
    files = []
    for number in range(1, workspaces + 1):
        text = collected[number % 50 == 0]
        reads = number - 1 or workspaces
        readers = number % workspaces + 1
        for name, value in (("OWN", number), ("READ", reads), ("NEXT", readers)):
            text = text.replace(f"team-{name}", f"team-{value}").replace(f"account-{name}", account(value))
        file = directory / f"team-{number:04}.json"
        file.write_text(text, encoding="utf-8")
        files.append(file)
    return files


def _collected(directory: Path, closed: bool) -> str:
    number = TEMPLATE if closed else TEMPLATE + 1
    root = directory / f"root-{number}"
    root.mkdir()
    (root / "main.tf").write_text(source(number, number - 1), encoding="utf-8")
    command = [str(PROGRAM), "collect", root.name]
    text = subprocess.run(command, cwd=directory, capture_output=True, encoding="utf-8", check=True).stdout
    for name, value in (("OWN", number), ("READ", number - 1), ("NEXT", number % 1_000 + 1)):
        text = text.replace(f"team-{value}", f"team-{name}").replace(account(value), f"account-{name}")
    return text.replace(root.name, "team-OWN")


def measured(workspaces: int) -> tuple[float, float, float, dict[str, int]]:
    """Seconds, seconds of a processor, megabytes and the report's summary of a check of so many workspaces."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        files = facts(directory, workspaces)
        size = sum(file.stat().st_size for file in files)
        print(f"{workspaces} workspaces: {size / 1e6:.1f} MB of facts", file=sys.stderr)
        seconds = []
        for _ in range(RUNS):
            start = time.perf_counter()
            with open(directory / "report", "wb") as out:
                command = [str(PROGRAM), "check", "--format", "json", "--fail-on", "never"]
                process = subprocess.Popen([*command, *(file.name for file in files)], cwd=directory, stdout=out)
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            seconds.append(time.perf_counter() - start)
            if process.returncode:
                sys.exit(f"check ended with {process.returncode}")
        report = json.loads((directory / "report").read_text(encoding="utf-8"))
        used = usage.ru_utime + usage.ru_stime
        return statistics.median(seconds), used, usage.ru_maxrss / 1024, report["summary"]


def main() -> None:
    """Print the figures, each with its bar."""
    sizes = [int(argument) for argument in sys.argv[1:]] or [WORKSPACES // 2, WORKSPACES]
    before = None
    for workspaces in sizes:
        seconds, used, megabytes, summary = measured(workspaces)
        growth = "" if before is None else f"; {used / before:.2f} times as much work (bar {BAR_GROWTH} for double)"
        print(f"{workspaces} workspaces: {seconds:.1f} s (bar {BAR_SECONDS}), of a processor {used:.1f} s{growth}")
        print(f"  {megabytes:.0f} MB (bar {BAR_MEGABYTES})")
        print(f"  {summary}")
        before = used


if __name__ == "__main__":
    main()
