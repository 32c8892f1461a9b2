# Override files against dynamic blocks, lifecycle, providers, outputs and other override files.

provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "other"
  region = "eu-west-2"
}

locals {
  kept    = "kept"
  changed = "before"
}

data "aws_iam_policy_document" "dynamic_to_static" {
  dynamic "statement" {
    for_each = ["a", "b"]
    content {
      sid     = title(statement.value)
      actions = ["s3:GetObject"]
    }
  }
}

data "aws_iam_policy_document" "static_to_dynamic" {
  statement {
    sid     = "Static"
    actions = ["s3:GetObject"]
  }
}

resource "aws_kms_key" "this" {
  description = local.changed
  tags        = { Kept = local.kept }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = "acme"
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_iam_policy" "these" {
  for_each = { static = data.aws_iam_policy_document.static_to_dynamic, dynamic = data.aws_iam_policy_document.dynamic_to_static }
  name     = each.key
  policy   = each.value.json
}

output "value" {
  value       = "before"
  description = "kept"
}
