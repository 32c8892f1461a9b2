# The key policy names S3, and Storage Lens exports under a principal of its own.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_s3_bucket" "logs" {
  bucket = "acme-logs"
}

resource "aws_kms_key" "logs" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Own"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Deliver"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "kms:GenerateDataKey"
        Resource  = "*"
      },
    ]
  })
}

resource "aws_s3control_storage_lens_configuration" "all" {
  config_id = "all"

  storage_lens_configuration {
    enabled = true

    account_level {
      bucket_level {}
    }

    data_export {
      s3_bucket_destination {
        account_id            = "111122223333"
        arn                   = aws_s3_bucket.logs.arn
        format                = "CSV"
        output_schema_version = "V_1"

        encryption {
          sse_kms {
            key_id = aws_kms_key.logs.arn
          }
        }
      }
    }
  }
}
