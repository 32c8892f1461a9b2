variable "bucket" {
  type = any
}

variable "keys" {
  type = map(any)
}

variable "typed" {
  type = object({ arn = string, tags = optional(map(string)), bucket = string, force_destroy = optional(bool, true) })
}

data "aws_iam_policy_document" "this" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${var.bucket.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["444455556666"]
    }
    condition {
      test     = "StringEquals"
      variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
      values   = sort([for key in var.keys : key.arn])
    }
  }
}

output "json" {
  value = data.aws_iam_policy_document.this.json
}

output "bucket" {
  value = var.bucket
}

output "keys" {
  value = var.keys
}

output "typed" {
  value = { tags = var.typed.tags, bucket = var.typed.bucket, force = var.typed.force_destroy }
}
