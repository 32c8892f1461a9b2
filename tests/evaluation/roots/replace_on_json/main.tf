# A bucket module that sends every policy through nested replace calls, and replaces with regular expressions.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

resource "aws_s3_bucket" "this" {
  bucket = "acme-replaced"
}

data "aws_iam_policy_document" "placeholders" {
  statement {
    sid       = "Placeholders"
    actions   = ["s3:GetObject"]
    resources = ["_S3_BUCKET_ARN_/*", "arn:_PARTITION_:s3:::_S3_BUCKET_ID_"]
    principals {
      type        = "AWS"
      identifiers = ["arn:_PARTITION_:iam::_AWS_ACCOUNT_ID_:root"]
    }
  }
}

locals {
  policy = replace(
    replace(
      replace(
        replace(data.aws_iam_policy_document.placeholders.json, "_S3_BUCKET_ID_", aws_s3_bucket.this.id),
        "_S3_BUCKET_ARN_", aws_s3_bucket.this.arn
      ),
      "_AWS_ACCOUNT_ID_", data.aws_caller_identity.current.account_id
    ),
    "_PARTITION_", data.aws_partition.current.partition
  )
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = local.policy
}

resource "aws_iam_policy" "regex" {
  name   = "regex"
  policy = replace(local.policy, "/\"(Sid|Effect)\": \"([A-Za-z]+)\"/", "\"$1\": \"$2\"")
}

resource "aws_iam_policy" "spaced" {
  name   = "spaced"
  policy = replace(local.policy, "\"Effect\": \"Allow\"", "\"Effect\": \"Deny\"")
}

resource "aws_iam_policy" "squeezed" {
  name   = "squeezed"
  policy = replace(replace(local.policy, "/\\s+/", ""), "\"Placeholders\"", "\"Squeezed\"")
}

output "parts" {
  value = {
    lines = split("\n", local.policy)[3]
    start = substr(local.policy, 0, 30)
    trim  = trimprefix(trimspace(local.policy), "{")
    found = regexall("arn:[a-z]+:[a-z0-9]+", local.policy)
    upper = upper(replace(local.policy, "_", "-"))
  }
}
