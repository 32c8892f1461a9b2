# Keys of every kind, aliases, grants, key policies beside keys, other Regions.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

provider "aws" {
  alias               = "replica"
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_kms_key" "primary" {
  description  = "primary"
  multi_region = true
}

resource "aws_kms_replica_key" "replica" {
  provider        = aws.replica
  primary_key_arn = aws_kms_key.primary.arn
  policy          = aws_kms_key_policy.primary.policy
}

resource "aws_kms_external_key" "external" {
  description = "external of ${aws_kms_replica_key.replica.key_id}"
}

resource "aws_kms_key" "elsewhere" {
  region = "eu-south-1"
}

resource "aws_kms_key_policy" "primary" {
  key_id = aws_kms_key.primary.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "kms:*"
      Resource  = "*"
      Principal = { AWS = "arn:aws:iam::${split(":", aws_kms_key.primary.arn)[4]}:root" }
      Condition = { StringEquals = { "kms:ViaService" = "s3.${split(":", aws_kms_key.elsewhere.arn)[3]}.amazonaws.com" } }
    }]
  })
}

resource "aws_kms_alias" "named" {
  name          = "alias/primary"
  target_key_id = aws_kms_key.primary.key_id
}

resource "aws_kms_alias" "prefixed" {
  name_prefix   = "alias/generated-"
  target_key_id = aws_kms_key.primary.arn
}

resource "aws_kms_alias" "generated" {
  target_key_id = aws_kms_external_key.external.id
}

resource "aws_kms_grant" "this" {
  name              = "reader"
  key_id            = aws_kms_key.primary.key_id
  grantee_principal = "arn:aws:iam::444455556666:role/reader"
  operations        = ["Encrypt", "Decrypt", "GenerateDataKey", "Decrypt"]

  constraints {
    encryption_context_equals = { Department = "Finance", "aws:s3:arn" = "arn:aws:s3:::acme" }
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = {
    id     = aws_kms_key.primary.key_id
    arn    = aws_kms_replica_key.replica.arn
    alias  = aws_kms_alias.named.arn
    name   = aws_kms_alias.prefixed.name
    target = aws_kms_alias.generated.target_key_arn
  }
  bucket = "acme-${each.key}"
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms:dsse"
      kms_master_key_id = each.value
    }
  }
}

resource "aws_kms_external_key" "imported" {
  multi_region = true
}

resource "aws_kms_replica_external_key" "imported" {
  provider        = aws.replica
  primary_key_arn = aws_kms_external_key.imported.arn
  description     = aws_kms_external_key.imported.id
}

resource "aws_kms_alias" "replica" {
  provider      = aws.replica
  name          = "alias/imported"
  target_key_id = aws_kms_replica_external_key.imported.key_id
}
