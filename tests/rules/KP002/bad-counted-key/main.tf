# The key is made by count, so its address has an index. Nothing says which account deploys this: it is taken
# to be another one than 444455556666.

provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "data" {
  bucket = "acme-shared-data"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data[0].arn
    }
  }
}

resource "aws_s3_bucket_policy" "data" {
  bucket = aws_s3_bucket.data.id
  policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": { "AWS": "444455556666" },
          "Action": "s3:GetObject",
          "Resource": "${aws_s3_bucket.data.arn}/*"
        }
      ]
    }
  JSON
}

resource "aws_kms_key" "data" {
  count = 1
}
