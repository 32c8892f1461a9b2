locals {
  changed = "after"
}

provider "aws" {
  region = "eu-central-1"
}

data "aws_iam_policy_document" "dynamic_to_static" {
  statement {
    sid     = "Now"
    actions = ["s3:PutObject"]
  }
}

data "aws_iam_policy_document" "static_to_dynamic" {
  dynamic "statement" {
    for_each = toset(["x", "y"])
    content {
      sid     = upper(statement.key)
      actions = ["s3:PutObject"]
    }
  }
}

resource "aws_kms_key" "this" {
  enable_key_rotation = true
  provider            = aws.other
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this.arn
    }
  }
}

output "value" {
  value = [local.changed, split(":", aws_kms_key.this.arn)[3]]
}
