"""How long does the whole process take on a module of two files?

A pre-commit hook runs on every commit, so what counts is the time that the shell sees: interpreter, imports,
reading, deciding and printing. Each command runs eleven times and the median is shown, beside a Python that
does nothing and the modules that weigh most in our start-up.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 11
BAR = 120
"""Milliseconds that `tf-kms-guard check` may take on the module below, by the median."""

MAIN = """\
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_s3_bucket" "data" {
  bucket = "acme-shared-data"
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
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "444455556666" }
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.data.arn}/*"
    }]
  })
}
"""

KEY = """\
resource "aws_kms_key" "data" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
%s    ]
  })
}
"""

GRANT = """\
      {
        Effect    = "Allow"
        Principal = { AWS = "444455556666" }
        Action    = "kms:Decrypt"
        Resource  = "*"
      },
"""


def main() -> int:
    """Print the table; 1 if a command ended in an unexpected way."""
    program = Path(sys.executable).with_name("tf-kms-guard")
    with tempfile.TemporaryDirectory() as scratch:
        clean, denied = Path(scratch) / "clean", Path(scratch) / "denied"
        for module, statement in ((clean, GRANT), (denied, "")):
            module.mkdir()
            (module / "main.tf").write_text(MAIN, encoding="utf-8")
            (module / "kms.tf").write_text(KEY % statement, encoding="utf-8")
        commands: list[tuple[str, list[str], int]] = [
            ("python -c pass", [sys.executable, "-c", "pass"], 0),
            (
                "import tree_sitter, tree_sitter_hcl",
                [sys.executable, "-c", "import tree_sitter, tree_sitter_hcl"],
                0,
            ),
            ("import typer", [sys.executable, "-c", "import typer"], 0),
            ("tf-kms-guard --version", [str(program), "--version"], 0),
            ("tf-kms-guard check, every gate open", [str(program), "check", str(clean)], 0),
            ("tf-kms-guard check, one finding", [str(program), "check", str(denied)], 1),
        ]
        failed = False
        print(f"median, fastest and slowest of {RUNS} runs, in milliseconds (bar for check: {BAR})\n")
        for label, command, wanted in commands:
            times, codes = measure(command)
            note = "" if codes == {wanted} else f"   ended with {sorted(codes)}, expected {wanted}"
            failed = failed or bool(note)
            print(f"{label:<40} {statistics.median(times):7.0f} {min(times):7.0f} {max(times):7.0f}{note}")
    return 1 if failed else 0


def measure(command: list[str]) -> tuple[list[float], set[int]]:
    """Milliseconds of each of `RUNS` runs (after one that fills the disk cache), and the exit codes seen."""
    times, codes = [], set()
    for run in range(RUNS + 1):
        started = time.perf_counter()
        code = subprocess.run(command, capture_output=True, check=False).returncode
        if run > 0:
            times.append((time.perf_counter() - started) * 1000)
            codes.add(code)
    return times, codes


if __name__ == "__main__":
    sys.exit(main())
