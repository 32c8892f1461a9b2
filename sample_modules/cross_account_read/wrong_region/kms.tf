data "aws_iam_policy_document" "key" {
  statement {
    sid       = "Let the owner account administer the key"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root"]
    }
  }

  statement {
    sid       = "Let the reader decrypt"
    actions   = ["kms:Decrypt"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.reader.arn]
    }
  }
}

resource "aws_kms_key" "data" {
  provider = aws.owner_keys

  description         = "Objects of the shared data bucket"
  enable_key_rotation = true
  policy              = data.aws_iam_policy_document.key.json
}
