# Account 111122223333: the hub bucket and its key, in eu-west-1. Twelve teams of another account read it, and S3
# replicates it into the archive of a third account.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }

  backend "s3" {
    bucket = "acme-terraform-states"
    key    = "hub/terraform.tfstate"
    region = "eu-west-1"
  }
}

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

locals {
  readers_account = "444455556666"
  teams           = toset([for number in range(1, 13) : format("team-%02d", number)])
  readers         = [for team in local.teams : "arn:aws:iam::${local.readers_account}:role/lake/${team}-reader"]
}

resource "aws_s3_bucket" "hub" {
  bucket = "acme-data-hub"
}

resource "aws_s3_bucket_versioning" "hub" {
  bucket = aws_s3_bucket.hub.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "hub" {
  bucket = aws_s3_bucket.hub.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.hub.arn
    }
  }
}

data "aws_iam_policy_document" "hub" {
  statement {
    sid       = "TeamsRead"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.hub.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = local.readers
    }
  }
}

resource "aws_s3_bucket_policy" "hub" {
  bucket = aws_s3_bucket.hub.id
  policy = data.aws_iam_policy_document.hub.json
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Own"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root"]
    }
  }

  statement {
    sid       = "TeamsDecrypt"
    actions   = ["kms:Decrypt"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = local.readers
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.eu-west-1.amazonaws.com"]
    }
  }
}

resource "aws_kms_key" "hub" {
  description = "Objects of the data hub"
  policy      = data.aws_iam_policy_document.key.json
}

output "bucket" {
  value = aws_s3_bucket.hub.id
}

output "key_arn" {
  value = aws_kms_key.hub.arn
}
