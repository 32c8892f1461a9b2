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
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  statement {
    sid       = "LetTheReaderFindAndReadObjects"
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = [aws_s3_bucket.data.arn, "${aws_s3_bucket.data.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.reader.arn]
    }
  }

  statement {
    sid       = "RefuseWhatDoesNotComeOverTLS"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.data.arn, "${aws_s3_bucket.data.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_s3_bucket_policy" "data" {
  provider = aws.owner

  bucket = aws_s3_bucket.data.id
  policy = data.aws_iam_policy_document.bucket.json
}
