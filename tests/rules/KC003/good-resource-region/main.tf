# The Region of the provider is eu-west-1, and bucket and key both say that they live in us-east-1 instead.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

locals {
  region = "us-east-1"
}

resource "aws_s3_bucket" "data" {
  bucket = "acme-shared-data"
  region = local.region
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  region = local.region

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.data.id
  region = local.region
  policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": {
        "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::444455556666:root" },
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::acme-shared-data/*"
      }
    }
  JSON
}

resource "aws_kms_key" "data" {
  region = local.region

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
