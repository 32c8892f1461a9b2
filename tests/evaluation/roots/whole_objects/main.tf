# Resources and modules passed as whole objects.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_s3_bucket" "this" {
  bucket = "acme-whole"
  tags   = { A = "1" }
}

resource "aws_kms_key" "these" {
  for_each    = toset(["x", "y"])
  description = each.key
}

module "policy" {
  source = "./policy"
  bucket = aws_s3_bucket.this
  keys   = aws_kms_key.these
  typed  = aws_s3_bucket.this
}

resource "aws_s3_bucket_policy" "this" {
  bucket = module.policy.bucket.id
  policy = module.policy.json
}

locals {
  module  = module.policy
  indexed = aws_kms_key.these["x"]
  bucket  = { for key, value in { a = aws_s3_bucket.this } : key => value.arn }
}

output "all" {
  value = [local.module.bucket.arn, local.indexed.arn, local.bucket, module.policy.typed, [for k in module.policy.keys : k.description]]
}

output "bucket" {
  value = { for name in ["bucket", "arn", "id"] : name => aws_s3_bucket.this[name] }
}
