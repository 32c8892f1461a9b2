# s3:GetObjectVersion is enough for objects without KMS; those under KMS keys take another action.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

provider "aws" {
  alias               = "archive"
  region              = "eu-central-1"
  allowed_account_ids = ["777788889999"]
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

resource "aws_iam_role" "replication" {
  name = "replication"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "s3.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "replication" {
  name = "replicate"
  role = aws_iam_role.replication.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetObjectVersion", "s3:GetObjectVersionAcl"]
        Resource = "${aws_s3_bucket.data.arn}/*"
      },
      {
        Effect   = "Allow"
        Action   = ["s3:ReplicateObject", "s3:ReplicateDelete"]
        Resource = "${aws_s3_bucket.copy.arn}/*"
      },
      {
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = aws_kms_key.data.arn
      },
      {
        Effect   = "Allow"
        Action   = "kms:Encrypt"
        Resource = aws_kms_key.copy.arn
      },
    ]
  })
}

resource "aws_s3_bucket" "copy" {
  provider = aws.archive
  bucket   = "acme-copy"
}

resource "aws_s3_bucket_policy" "copy" {
  provider = aws.archive
  bucket   = aws_s3_bucket.copy.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Replication"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.replication.arn }
        Action    = ["s3:ReplicateObject", "s3:ReplicateDelete"]
        Resource  = "${aws_s3_bucket.copy.arn}/*"
      },
    ]
  })
}

resource "aws_kms_key" "copy" {
  provider = aws.archive

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Own"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::777788889999:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Replication"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.replication.arn }
        Action    = "kms:Encrypt"
        Resource  = "*"
      },
    ]
  })
}

resource "aws_s3_bucket_replication_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  role   = aws_iam_role.replication.arn

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
        replica_kms_key_id = aws_kms_key.copy.arn
      }
    }
  }
}
