# Default tags, Regions of resources and providers, names from maps by Region, and provider functions left alone.

provider "aws" {
  region              = var.region
  allowed_account_ids = [local.account]
  default_tags {
    tags = { Team = "data", Region = var.region }
  }
}

variable "region" {
  default = "eu-west-1"
}

locals {
  account = "1111${join("", ["2222", "3333"])}"
  short   = { "eu-west-1" = "euw1", "eu-central-1" = "euc1" }
}

resource "aws_s3_bucket" "this" {
  for_each = local.short
  region   = each.key
  bucket   = "acme-${each.value}"
  tags     = each.key == var.region ? { Home = "yes" } : null
}

resource "aws_kms_key" "this" {
  for_each = { for region, short in local.short : short => region }
  region   = each.value
  tags     = { Name = each.key }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.short
  region   = each.key
  bucket   = aws_s3_bucket.this[each.key].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this[each.value].arn
    }
  }
}

output "regions" {
  value = { for key, one in aws_kms_key.this : key => split(":", one.arn)[3] }
}
