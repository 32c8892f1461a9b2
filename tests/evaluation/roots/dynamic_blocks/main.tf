# dynamic at every depth, with and without iterator, over lists, maps and sets, nested in each other.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

variable "statements" {
  default = {
    read = {
      actions    = ["s3:GetObject", "s3:GetObjectVersion"]
      principals = { AWS = ["444455556666", "777788889999"], Service = ["logging.s3.amazonaws.com"] }
      conditions = [
        { test = "StringEquals", variable = "aws:SourceAccount", values = ["444455556666"] },
        { test = "ArnLike", variable = "aws:SourceArn", values = ["arn:aws:s3:::a", "arn:aws:s3:::b"] },
      ]
    }
    none = {
      actions    = ["s3:ListBucket"]
      principals = {}
      conditions = []
    }
  }
}

variable "encryption" {
  type    = list(object({ algorithm = string, key = optional(string) }))
  default = [{ algorithm = "aws:kms", key = "alias/x" }]
}

resource "aws_s3_bucket" "this" {
  bucket = "acme-dynamic"

  dynamic "lifecycle_rule" {
    for_each = toset(["logs", "tmp"])
    content {
      id      = lifecycle_rule.key
      enabled = true
      prefix  = "${lifecycle_rule.value}/"
      dynamic "expiration" {
        for_each = lifecycle_rule.value == "tmp" ? [7] : []
        content {
          days = expiration.value
        }
      }
    }
  }

  dynamic "cors_rule" {
    for_each = [1, 2]
    iterator = origin
    content {
      allowed_methods = ["GET"]
      allowed_origins = ["https://${origin.value}.example.com", "https://${origin.key}.example.com"]
    }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  dynamic "rule" {
    for_each = var.encryption
    content {
      bucket_key_enabled = true
      dynamic "apply_server_side_encryption_by_default" {
        for_each = rule.value.key == null ? [] : [rule.value]
        iterator = default
        content {
          sse_algorithm     = default.value.algorithm
          kms_master_key_id = default.value.key
        }
      }
    }
  }
}

data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = var.statements
    iterator = entry
    content {
      sid       = title(entry.key)
      actions   = entry.value.actions
      resources = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]

      dynamic "principals" {
        for_each = length(entry.value.principals) == 0 ? { "*" = ["*"] } : entry.value.principals
        content {
          type        = principals.key
          identifiers = [for id in principals.value : can(regex("^\\d{12}$", id)) ? "arn:aws:iam::${id}:root" : id]
        }
      }

      dynamic "condition" {
        for_each = entry.value.conditions
        content {
          test     = condition.value.test
          variable = condition.value["variable"]
          values   = [for number, value in condition.value.values : "${value}${condition.key}${number}"]
        }
      }
    }
  }

  statement {
    sid       = "Between"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }

  dynamic "statement" {
    for_each = []
    content {
      sid = "Never"
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.this.json
}
