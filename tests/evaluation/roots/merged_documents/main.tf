# source_policy_documents and override_policy_documents: order, Sids, Id and Version, and documents written by hand.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

data "aws_iam_policy_document" "base" {
  policy_id = "base"
  version   = "2008-10-17"

  statement {
    sid       = "Own"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root"]
    }
  }

  statement {
    sid       = "Read"
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::444455556666:role/b", "arn:aws:iam::444455556666:role/a"]
    }
  }

  statement {
    actions   = ["kms:DescribeKey"]
    resources = ["*"]
  }
}

locals {
  by_hand = jsonencode({
    Version = "2012-10-17"
    Id      = "by-hand"
    Statement = [
      {
        Sid          = "Hand"
        Effect       = "Allow"
        Action       = ["kms:Decrypt", "kms:Encrypt", "kms:Decrypt"]
        Resource     = ["*"]
        Principal    = { Service = ["b.amazonaws.com", "c.amazonaws.com", "a.amazonaws.com"], AWS = "444455556666" }
        NotPrincipal = { AWS = ["111122223333"] }
        Comment      = "dropped"
        Condition = {
          StringEquals    = { "kms:ViaService" = ["s3.eu-west-1.amazonaws.com"], "aws:PrincipalTag/team" = ["x", "a"] }
          Bool            = { "aws:SecureTransport" = true }
          NumericLessThan = { "s3:max-keys" = 5 }
        }
      },
      { Effect = "Allow", Principal = "*", Action = "kms:ListAliases", Resource = "*" },
    ]
  })
}

data "aws_iam_policy_document" "merged" {
  source_policy_documents = [data.aws_iam_policy_document.base.json, local.by_hand, ""]

  statement {
    sid       = "Read"
    effect    = "Deny"
    actions   = ["kms:Decrypt"]
    resources = ["*"]
  }

  statement {
    sid       = "Last"
    actions   = ["kms:Sign"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "overridden" {
  source_policy_documents   = [data.aws_iam_policy_document.merged.json]
  override_policy_documents = compact([data.aws_iam_policy_document.override.json, var.more])
}

variable "more" {
  default = ""
}

data "aws_iam_policy_document" "override" {
  policy_id = "override"
  statement {
    sid       = "Own"
    actions   = ["kms:Decrypt", "kms:DescribeKey"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:role/admin"]
    }
  }
  statement {
    sid       = "New"
    actions   = ["kms:Verify"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "empty" {}

resource "aws_kms_key" "this" {
  policy = data.aws_iam_policy_document.overridden.json
}

resource "aws_iam_policy" "minified" {
  name   = "minified-${length(data.aws_iam_policy_document.overridden.minified_json)}-${length(data.aws_iam_policy_document.base.json)}"
  policy = data.aws_iam_policy_document.overridden.minified_json
}

output "sums" {
  value = [sha1(data.aws_iam_policy_document.merged.json), md5(data.aws_iam_policy_document.empty.json), data.aws_iam_policy_document.empty.json]
}
