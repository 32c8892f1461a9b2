# Conditionals between different types, nulls that leave an argument out, and what is chosen by length.

variable "mode" {
  default = "kms"
}

variable "key_arn" {
  type    = string
  default = null
}

variable "extra" {
  type    = list(string)
  default = []
}

locals {
  text_or_number = var.mode == "kms" ? 1 : "one"
  list_or_empty  = var.mode == "none" ? ["a"] : []
  object_or_null = var.mode == "kms" ? { algorithm = "aws:kms" } : null
  map_or_map     = var.mode == "kms" ? { a = "1" } : { b = "2" }
  tuple_or_list  = length(var.extra) > 0 ? var.extra : ["default"]
  nested         = var.mode == "a" ? 1 : var.mode == "kms" ? 2 : 3
  logic          = var.mode != "none" && !(var.mode == "x" || false) && 3 >= 2 && -1 < 0
}

resource "aws_s3_bucket" "this" {
  bucket = var.mode == "none" ? null : "acme-${local.text_or_number}"
  tags   = var.mode == "kms" ? local.map_or_map : null
}

resource "aws_kms_key" "this" {
  count               = var.key_arn == null ? 1 : 0
  enable_key_rotation = local.logic
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  count  = local.object_or_null != null ? 1 : 0
  bucket = aws_s3_bucket.this.id
  rule {
    bucket_key_enabled = var.mode == "kms" ? true : null
    apply_server_side_encryption_by_default {
      sse_algorithm     = local.object_or_null.algorithm
      kms_master_key_id = var.key_arn != null ? var.key_arn : aws_kms_key.this[0].arn
    }
  }
}

output "all" {
  value = {
    text_or_number = local.text_or_number
    list_or_empty  = local.list_or_empty
    map_or_map     = local.map_or_map
    tuple_or_list  = local.tuple_or_list
    nested         = local.nested
    coalesced      = coalesce(var.key_arn, one(aws_kms_key.this[*].arn))
    lists          = coalescelist(var.extra, ["x"], local.list_or_empty)
    null_in_list   = [var.key_arn, "x"]
    chosen         = (var.key_arn == null ? aws_kms_key.this : [])[*].key_id
  }
}
