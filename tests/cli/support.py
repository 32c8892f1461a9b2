"""Running the program, and the root modules that its tests run it on."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tf_kms_guard.cli.main import run

ROOT = Path(__file__).resolve().parent.parent.parent
RULES = ROOT / "tests" / "rules"
PROGRAM = Path(sys.executable).with_name("tf-kms-guard")

OWNER = "111122223333"
PARTNER = "444455556666"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run of the program left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The report in JSON that went to stdout."""
        return json.loads(self.out)

    @property
    def rules(self) -> list[str]:
        """The rules of its findings, of a report in JSON."""
        return [finding["rule"] for finding in self.json["findings"]]

    @property
    def counting(self) -> list[str]:
        """The rules of its findings that are not suppressed, of a report in JSON."""
        return [finding["rule"] for finding in self.json["findings"] if finding["suppression"] is None]


def guard(*arguments: str | Path) -> Ran:
    """Run the program in this process, as its console script would; fast, and just as real."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    before, code = sys.argv, 0
    sys.argv = ["tf-kms-guard", *map(str, arguments)]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            run()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
    finally:
        sys.argv = before
    return Ran(code, _written(out), _written(err))


def check(*arguments: str | Path) -> Ran:
    """Run ``check`` with the report in JSON on stdout."""
    return guard("check", "--format", "json", *arguments)


def program(
    *arguments: str | Path,
    cwd: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    timeout: float = 60,
) -> Ran:
    """Run the installed console script in a process of its own; ``timeout`` is in seconds."""
    done = subprocess.run(
        [str(PROGRAM), *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def write(directory: Path, files: Mapping[str, str]) -> Path:
    """Write files below a directory, and return it."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return directory


def shared_bucket(
    key_principal: str = '"arn:aws:iam::444455556666:root"',
    reader: str = '"arn:aws:iam::444455556666:root"',
    owner: str = f'allowed_account_ids = ["{OWNER}"]',
    administrator: str = f'"arn:aws:iam::{OWNER}:root"',
    extra: str = "",
) -> str:
    """A root module: a bucket that ``reader`` may read, with a key that ``key_principal`` may decrypt with.

    Principals are HCL expressions. With the same account in both of them every gate is open. ``owner`` is
    what the provider configuration says of its account, ``administrator`` whom the key policy lets do
    everything.
    """
    return f"""
provider "aws" {{
  region = "eu-west-1"
  {owner}
}}

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
    Version = "2012-10-17"
    Statement = [
      {{
        Effect    = "Allow"
        Principal = {{ AWS = {reader} }}
        Action    = "s3:GetObject"
        Resource  = "${{aws_s3_bucket.data.arn}}/*"
      }},
    ]
  }})
}}

resource "aws_kms_key" "data" {{
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{
        Effect    = "Allow"
        Principal = {{ AWS = {administrator} }}
        Action    = "kms:*"
        Resource  = "*"
      }},
      {{
        Effect    = "Allow"
        Principal = {{ AWS = {key_principal} }}
        Action    = "kms:Decrypt"
        Resource  = "*"
      }},
    ]
  }})
}}
{extra}
"""


OPEN = shared_bucket()
"""Every gate is open, and nothing is undetermined."""

CLOSED = shared_bucket(key_principal='"arn:aws:iam::777788889999:root"')
"""The key policy lets another account in than the bucket policy does: KP001."""


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode("utf-8")
