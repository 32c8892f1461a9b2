resource "aws_iam_role" "reader" {
  provider = aws.consumer

  name = "reader"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { Service = "glue.amazonaws.com" }
        Action    = "sts:AssumeRole"
      },
    ]
  })
}

# The role may decrypt with every key that the owner's account has in this Region, the AWS managed one included.
# It does not help: the key's own policy would have to agree.
data "aws_iam_policy_document" "reader" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.data.arn}/*"]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = ["arn:aws:kms:eu-west-1:111122223333:key/*"]
  }
}

resource "aws_iam_role_policy" "reader" {
  provider = aws.consumer

  name   = "read-shared-data"
  role   = aws_iam_role.reader.name
  policy = data.aws_iam_policy_document.reader.json
}
