resource "aws_s3_bucket" "data" {
  provider = aws.owner

  bucket = "acme-shared-data"
}

resource "aws_s3_bucket_public_access_block" "data" {
  provider = aws.owner

  bucket                  = aws_s3_bucket.data.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  provider = aws.owner

  bucket = aws_s3_bucket.data.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "LetTheReaderReadObjects"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.data.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.reader.arn]
    }
  }
}

resource "aws_s3_bucket_policy" "data" {
  provider = aws.owner

  bucket = aws_s3_bucket.data.id
  policy = data.aws_iam_policy_document.bucket.json
}
