# What data sources give, and policies that are made of it.

provider "aws" {
  region              = "eu-north-1"
  allowed_account_ids = ["111122223333"]
}

provider "aws" {
  alias  = "other"
  region = "eu-north-1"
  assume_role {
    role_arn = "arn:aws:iam::${local.other}:role/deploy"
  }
}

locals {
  other = "444455556666"
}

data "aws_caller_identity" "this" {}

data "aws_caller_identity" "other" {
  provider = aws.other
}

data "aws_region" "this" {}

data "aws_partition" "this" {}

data "aws_kms_alias" "s3" {
  name = "alias/aws/s3"
}

data "aws_kms_alias" "shared" {
  provider = aws.other
  name     = "alias/shared"
}

data "aws_kms_key" "by_arn" {
  key_id = "arn:aws:kms:eu-north-1:444455556666:key/0b0e2f4c-3f6a-4f0e-8a52-6a2c1f1e2d3c"
}

data "aws_kms_key" "by_id" {
  key_id = "1b0e2f4c-3f6a-4f0e-8a52-6a2c1f1e2d3c"
}

data "aws_kms_key" "by_alias" {
  key_id = "alias/other"
}

data "aws_s3_bucket" "existing" {
  bucket = "acme-existing"
}

data "aws_iam_role" "existing" {
  name = "existing"
}

data "aws_iam_user" "existing" {
  user_name = "somebody"
}

data "aws_iam_policy" "managed" {
  arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = {
    s3     = data.aws_kms_alias.s3.target_key_arn
    shared = data.aws_kms_alias.shared.arn
    target = data.aws_kms_alias.shared.target_key_id
    arn    = data.aws_kms_key.by_arn.arn
    id     = data.aws_kms_key.by_id.arn
    key_id = data.aws_kms_key.by_alias.key_id
    found  = data.aws_kms_key.by_alias.id
  }
  bucket = "${data.aws_s3_bucket.existing.id}-${each.key}"
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = each.value
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = data.aws_s3_bucket.existing.bucket
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { AWS = [data.aws_iam_role.existing.arn, data.aws_iam_user.existing.arn, data.aws_caller_identity.other.account_id] }, Action = "s3:GetObject", Resource = "${data.aws_s3_bucket.existing.arn}/*" },
      { Effect = "Deny", NotPrincipal = { AWS = data.aws_caller_identity.this.id }, Action = "s3:*", Resource = "arn:${data.aws_partition.this.partition}:s3:::x-${data.aws_region.this.name}-${data.aws_region.this.id}" },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "this" {
  role       = data.aws_iam_role.existing.name
  policy_arn = data.aws_iam_policy.managed.arn
}
