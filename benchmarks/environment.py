"""How long does `tf-kms-guard check` take on a whole environment, and how much memory?

The environment is made up, in the proportions of real ones: some 200 files and 23,000 lines, of which most have
nothing to do with S3 or KMS. Most buckets and keys come from a module that half of the teams use with ``for_each``;
policies come from `jsonencode`, `aws_iam_policy_document`, heredocs and templates; some variables have no
value, so that conditions on them stay open. The same environment at half the size tells how the time grows.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5
BAR_SECONDS = 0.8
BAR_MEGABYTES = 200
TEAMS = 80
"""Each team has two files or, every other one, three; the teams between use the buckets of the one before them."""

PROVIDERS = """\
terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }

  backend "s3" {}
}

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

variable "environment" {
  type    = string
  default = "prod"
}

variable "extra_readers" {
  description = "More accounts that read; no value here."
  type        = list(string)
}

variable "enable_audit" {
  type = bool
}

data "aws_caller_identity" "current" {}

locals {
  accounts = {
    analytics = "444455556666"
    audit     = "777788889999"
  }
  tags = {
    environment = var.environment
    managed_by  = "terraform"
  }
}
"""

BUCKET_MODULE = """\
variable "name" {
  type = string
}

variable "readers" {
  type    = map(object({ account = string, role = optional(string), write = optional(bool, false) }))
  default = {}
}

variable "tags" {
  type    = map(string)
  default = {}
}

variable "lifecycle_days" {
  type    = number
  default = 90
}

variable "extra_statements" {
  type    = list(string)
  default = []
}

locals {
  principals = {
    for name, reader in var.readers :
    name => "arn:aws:iam::${reader.account}:${reader.role == null ? "root" : "role/${reader.role}"}"
  }
  writers = [for name, reader in var.readers : local.principals[name] if reader.write]
}

data "aws_caller_identity" "current" {}

resource "aws_kms_key" "this" {
  description         = "Key of ${var.name}"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
  tags                = merge(var.tags, { name = var.name })
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this.key_id
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Own"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"]
    }
  }

  dynamic "statement" {
    for_each = local.principals

    content {
      sid       = "Use${title(statement.key)}"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = [statement.value]
      }
    }
  }
}

resource "aws_s3_bucket" "this" {
  bucket = var.name
  tags   = merge(var.tags, { name = var.name })
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this.arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    id     = "expire"
    status = "Enabled"

    expiration {
      days = var.lifecycle_days
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  source_policy_documents = var.extra_statements

  dynamic "statement" {
    for_each = length(local.principals) > 0 ? [values(local.principals)] : []

    content {
      sid       = "Read"
      actions   = ["s3:GetObject", "s3:ListBucket"]
      resources = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.writers) > 0 ? [local.writers] : []

    content {
      sid       = "Write"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.this.arn}/*"]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.bucket.json
}

output "bucket_arn" {
  value = aws_s3_bucket.this.arn
}

output "key_arn" {
  value = aws_kms_key.this.arn
}
"""

STORAGE = """\
locals {
  @_buckets = {
    raw     = { days = 30, readers = { analytics = { account = local.accounts.analytics, role = "@-reader" } } }
    private = { days = 7, readers = {} }
  }
}

module "@_buckets" {
  source   = "./modules/bucket"
  for_each = local.@_buckets

  name           = "acme-${var.environment}-@-${each.key}"
  readers        = each.value.readers
  lifecycle_days = each.value.days
  tags           = merge(local.tags, { team = "@" })
}

resource "aws_kms_key" "@_shared" {
  description = "Shared data of @"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid       = "Own"
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::111122223333:root" }
          Action    = "kms:*"
          Resource  = "*"
        },
        {
          Sid       = "Analytics"
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::${local.accounts.analytics}:root" }
          Action    = ["kms:Decrypt", "kms:DescribeKey"]
          Resource  = "*"
        },
      ],
      var.enable_audit ? [
        {
          Sid       = "Audit"
          Effect    = "Allow"
          Principal = { AWS = "arn:aws:iam::${local.accounts.audit}:root" }
          Action    = "kms:Decrypt"
          Resource  = "*"
        },
      ] : [],
    )
  })
  tags = merge(local.tags, { team = "@" })
}

resource "aws_s3_bucket" "@_shared" {
  bucket = "acme-${var.environment}-@-shared"
  tags   = merge(local.tags, { team = "@" })
}

resource "aws_s3_bucket_server_side_encryption_configuration" "@_shared" {
  bucket = aws_s3_bucket.@_shared.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.@_shared.arn
    }
  }
}

resource "aws_s3_bucket_policy" "@_shared" {
  bucket = aws_s3_bucket.@_shared.id
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "Read",
          "Effect": "Allow",
          "Principal": {"AWS": "arn:aws:iam::${local.accounts.analytics}:root"},
          "Action": ["s3:GetObject", "s3:ListBucket"],
          "Resource": ["${aws_s3_bucket.@_shared.arn}", "${aws_s3_bucket.@_shared.arn}/*"]
        },
        {
          "Sid": "TlsOnly",
          "Effect": "Deny",
          "Principal": "*",
          "Action": "s3:*",
          "Resource": ["${aws_s3_bucket.@_shared.arn}", "${aws_s3_bucket.@_shared.arn}/*"],
          "Condition": {"Bool": {"aws:SecureTransport": "false"}}
        }
      ]
    }
  EOT
}
"""

IDENTITIES = """\
data "aws_iam_policy_document" "@_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "@_worker" {
  name               = "@-worker"
  assume_role_policy = data.aws_iam_policy_document.@_assume.json
  tags               = merge(local.tags, { team = "@" })
}

data "aws_iam_policy_document" "@_worker" {
  statement {
    sid       = "Objects"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]
    resources = flatten([for bucket in module.&_buckets : [bucket.bucket_arn, "${bucket.bucket_arn}/*"]])
  }

  statement {
    sid       = "Keys"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [for name in sort(keys(local.&_buckets)) : module.&_buckets[name].key_arn]
  }

  dynamic "statement" {
    for_each = var.enable_audit ? ["audit"] : []

    content {
      sid       = "Audit"
      actions   = ["s3:GetBucketPolicy"]
      resources = [aws_s3_bucket.&_shared.arn]
    }
  }
}

resource "aws_iam_policy" "@_worker" {
  name   = "@-worker"
  policy = data.aws_iam_policy_document.@_worker.json
}

resource "aws_iam_role_policy_attachment" "@_worker" {
  role       = aws_iam_role.@_worker.name
  policy_arn = aws_iam_policy.@_worker.arn
}

resource "aws_iam_role_policy" "@_worker" {
  name = "logs"
  role = aws_iam_role.@_worker.id
  policy = templatefile("${path.module}/templates/logs.json", {
    account = data.aws_caller_identity.current.account_id
    group   = "/aws/lambda/@"
  })
}

resource "aws_iam_user" "@_deploy" {
  name = "@-deploy"
}

resource "aws_iam_user_policy" "@_deploy" {
  name = "deploy"
  user = aws_iam_user.@_deploy.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${aws_s3_bucket.&_shared.arn}/deploy/*"
      },
    ]
  })
}
"""

SERVICES = """\
resource "aws_lambda_function" "@_%d" {
  function_name = "@-%d"
  role          = aws_iam_role.@_worker.arn
  handler       = "main.handler"
  runtime       = "python3.12"
  filename      = "${path.module}/build/@-%d.zip"
  timeout       = 60
  memory_size   = 512
  tags          = merge(local.tags, { team = "@" })

  environment {
    variables = {
      BUCKET      = aws_s3_bucket.&_shared.bucket
      ENVIRONMENT = var.environment
      LOG_LEVEL   = "info"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "@_%d" {
  alarm_name          = "@-%d-errors"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 3
  metric_name         = "Errors"
  namespace           = "AWS/Lambda"
  period              = 300
  statistic           = "Sum"
  threshold           = %d * 2 + 1

  dimensions = {
    FunctionName = aws_lambda_function.@_%d.function_name
  }
}
"""

LOGS = """\
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
      "Resource": "arn:aws:logs:eu-west-1:${account}:log-group:${group}:*"
    }
  ]
}
"""


def write(root: Path, teams: int = TEAMS) -> tuple[int, int]:
    """Write an environment of so many teams; the number of its Terraform files and of their lines."""
    (root / "modules" / "bucket").mkdir(parents=True)
    (root / "templates").mkdir()
    (root / "templates" / "logs.json").write_text(LOGS, encoding="utf-8")
    (root / "modules" / "bucket" / "main.tf").write_text(BUCKET_MODULE, encoding="utf-8")
    (root / "main.tf").write_text(PROVIDERS, encoding="utf-8")
    for number in range(teams):
        owner = number - number % 2
        texts = {"identities": IDENTITIES, "services": "\n".join(SERVICES.replace("%d", str(n)) for n in range(5))}
        if number == owner:
            texts["storage"] = STORAGE
        for name, text in texts.items():
            text = text.replace("@", f"team{number}").replace("&", f"team{owner}")
            (root / f"team{number}_{name}.tf").write_text(text, encoding="utf-8")
    files = list(root.rglob("*.tf"))
    return len(files), sum(file.read_text(encoding="utf-8").count("\n") for file in files)


def measure(root: Path) -> tuple[float, float, int]:
    """Seconds and megabytes (the most at any time) of one `check`, and its exit code."""
    program = Path(sys.executable).with_name("tf-kms-guard")
    started = time.perf_counter()
    process = subprocess.Popen([program, "check", root], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return seconds, usage.ru_maxrss / 1024, process.returncode


def main() -> int:
    """Print the table; 1 if a run ended in an unexpected way."""
    print(f"`tf-kms-guard check`, whole process, median of {RUNS} (bar: {BAR_SECONDS} s, {BAR_MEGABYTES} MB)\n")
    failed = False
    for teams in (TEAMS // 2, TEAMS):
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch) / "environment"
            files, lines = write(root, teams)
            measure(root)
            runs = [measure(root) for _ in range(RUNS)]
        seconds = statistics.median(run[0] for run in runs)
        megabytes = max(run[1] for run in runs)
        failed = failed or {run[2] for run in runs} - {0, 1} != set()
        print(f"{files:5} files {lines:7,} lines {seconds:7.2f} s {megabytes:6.0f} MB")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write(Path(sys.argv[1]))
    else:
        sys.exit(main())
