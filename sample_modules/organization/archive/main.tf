# Account 777788889999: the archive, in eu-central-1, with a key of its own.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }

  backend "s3" {
    bucket = "acme-terraform-states"
    key    = "archive/terraform.tfstate"
    region = "eu-west-1"
  }
}

provider "aws" {
  region              = "eu-central-1"
  allowed_account_ids = ["777788889999"]
}

locals {
  replication = "arn:aws:iam::111122223333:role/hub-replication"
}

resource "aws_s3_bucket" "archive" {
  bucket = "acme-data-archive"
}

resource "aws_s3_bucket_versioning" "archive" {
  bucket = aws_s3_bucket.archive.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "archive" {
  bucket = aws_s3_bucket.archive.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.archive.arn
    }
  }
}

data "aws_iam_policy_document" "archive" {
  statement {
    sid       = "TheHubReplicates"
    actions   = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    resources = ["${aws_s3_bucket.archive.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = [local.replication]
    }
  }
}

resource "aws_s3_bucket_policy" "archive" {
  bucket = aws_s3_bucket.archive.id
  policy = data.aws_iam_policy_document.archive.json
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Own"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::777788889999:root"]
    }
  }

  statement {
    sid       = "TheHubEncrypts"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [local.replication]
    }
  }
}

resource "aws_kms_key" "archive" {
  description = "Objects of the archive"
  policy      = data.aws_iam_policy_document.key.json
}
