# moved, removed, import and check blocks say nothing about access; what they stand beside is evaluated.

provider "aws" {
  region = "eu-west-1"
}

moved {
  from = aws_s3_bucket.old
  to   = aws_s3_bucket.new
}

removed {
  from = aws_s3_bucket.gone
  lifecycle {
    destroy = false
  }
}

import {
  to = aws_s3_bucket.imported
  id = "acme-imported"
}

resource "aws_s3_bucket" "new" {
  bucket = "acme-new"
}

resource "aws_s3_bucket" "imported" {
  bucket = "acme-imported"
}

resource "aws_s3_bucket_policy" "imported" {
  bucket = aws_s3_bucket.imported.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "A", Effect = "Deny", Principal = "*", Action = "s3:*", Resource = aws_s3_bucket.imported.arn }] })
}

check "named" {
  data "aws_region" "checked" {}

  assert {
    condition     = startswith(aws_s3_bucket.new.arn, "arn:aws:s3:::") && data.aws_region.checked.region == "eu-west-1"
    error_message = "The bucket is elsewhere."
  }
}

resource "terraform_data" "note" {
  input = aws_s3_bucket.new.arn
}

output "arn" {
  value = aws_s3_bucket.imported.arn
}
