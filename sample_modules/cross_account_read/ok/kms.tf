data "aws_caller_identity" "owner" {
  provider = aws.owner
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Let the owner account administer the key"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.owner.account_id}:root"]
    }
  }

  statement {
    sid       = "Let the reader decrypt what S3 hands out"
    actions   = ["kms:Decrypt"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.reader.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.eu-west-1.amazonaws.com"]
    }
  }
}

resource "aws_kms_key" "data" {
  provider = aws.owner

  description         = "Objects of the shared data bucket"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "data" {
  provider = aws.owner

  name          = "alias/shared-data"
  target_key_id = aws_kms_key.data.key_id
}
