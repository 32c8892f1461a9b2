# The whole share exists or does not exist by one variable without a value. Where it exists, it works.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

variable "enabled" {
  type = bool
}

resource "aws_s3_bucket" "data" {
  count = var.enabled ? 1 : 0

  bucket = "acme-shared-data"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  count = var.enabled ? 1 : 0

  bucket = aws_s3_bucket.data[0].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data[0].arn
    }
  }
}

resource "aws_s3_bucket_policy" "data" {
  count = var.enabled ? 1 : 0

  bucket = aws_s3_bucket.data[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = "444455556666" }
        Action    = "s3:GetObject"
        Resource  = "${aws_s3_bucket.data[0].arn}/*"
      },
    ]
  })
}

resource "aws_kms_key" "data" {
  count = var.enabled ? 1 : 0

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Effect    = "Allow"
        Principal = { AWS = "444455556666" }
        Action    = "kms:Decrypt"
        Resource  = "*"
      },
    ]
  })
}
