# The key for the replicas is named as people speak of it, which is no key id.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_s3_bucket" "data" {
  bucket = "acme-data"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  bucket = aws_s3_bucket.data.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_kms_key" "data" {}

resource "aws_s3_bucket_replication_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  role   = "arn:aws:iam::111122223333:role/replication"

  rule {
    status = "Enabled"

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket = aws_s3_bucket.copy.arn

      encryption_configuration {
        replica_kms_key_id = "aws/s3"
      }
    }
  }
}

provider "aws" {
  alias               = "copy"
  region              = "eu-central-1"
  allowed_account_ids = ["111122223333"]
}

resource "aws_s3_bucket" "copy" {
  provider = aws.copy
  bucket   = "acme-copy"
}
