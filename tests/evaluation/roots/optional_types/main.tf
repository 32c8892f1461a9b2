# Object types with optional attributes: defaults at every depth, undeclared attributes dropped, null and nullable.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

variable "buckets" {
  type = map(object({
    name = optional(string, "acme-default")
    encryption = optional(object({
      algorithm  = optional(string, "aws:kms")
      bucket_key = optional(bool, true)
    }), {})
    readers = optional(list(object({
      arn     = string
      actions = optional(set(string), ["s3:GetObject"])
      prefix  = optional(string)
    })), [])
    tags = optional(map(string), { Owner = "data" })
  }))
  default = {
    plain = {}
    raw = {
      name       = "acme-raw"
      unknown    = "dropped"
      encryption = { algorithm = "AES256" }
      readers = [
        { arn = "arn:aws:iam::444455556666:root" },
        { arn = "arn:aws:iam::444455556666:role/reader", actions = ["s3:ListBucket", "s3:GetObject", "s3:GetObject"], prefix = "in/" },
      ]
      tags = null
    }
    late = {
      name       = null
      encryption = { bucket_key = "false" }
    }
  }
}

variable "never_null" {
  type     = string
  default  = "kept"
  nullable = false
}

variable "pair" {
  type    = tuple([string, number, bool])
  default = [1, "2", "true"]
}

resource "aws_s3_bucket" "this" {
  for_each = var.buckets

  bucket = "${each.value.name}-${each.key}"
  tags   = merge(each.value.tags, { Pair = join("/", [var.pair[0], var.pair[1] + 1, !var.pair[2]]) })
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id
  rule {
    bucket_key_enabled = var.buckets[each.key].encryption.bucket_key
    apply_server_side_encryption_by_default {
      sse_algorithm = var.buckets[each.key].encryption.algorithm
    }
  }
}

data "aws_iam_policy_document" "readers" {
  for_each = { for key, bucket in var.buckets : key => bucket if length(bucket.readers) > 0 }

  dynamic "statement" {
    for_each = each.value.readers
    content {
      actions   = statement.value.actions
      resources = ["${aws_s3_bucket.this[each.key].arn}/${coalesce(statement.value.prefix, "all/")}*"]
      principals {
        type        = "AWS"
        identifiers = [statement.value.arn]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "readers" {
  for_each = data.aws_iam_policy_document.readers

  bucket = aws_s3_bucket.this[each.key].bucket
  policy = each.value.json
}

module "child" {
  source     = "./child"
  never_null = null
  nullable   = null
  settings   = { name = "x", extra = true, nested = { keep = "yes", drop = "no" } }
}

output "buckets" {
  value = var.buckets
}

output "child" {
  value = module.child.all
}
