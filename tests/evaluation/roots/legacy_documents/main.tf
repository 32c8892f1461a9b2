# source_json and override_json, as documents were merged before provider 5.

data "aws_iam_policy_document" "source" {
  statement {
    sid       = "One"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::acme/*"]
  }
}

data "aws_iam_policy_document" "override" {
  statement {
    sid       = "Two"
    effect    = "Deny"
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::acme/*"]
  }
}

data "aws_iam_policy_document" "this" {
  source_json   = data.aws_iam_policy_document.source.json
  override_json = data.aws_iam_policy_document.override.json

  statement {
    sid       = "Two"
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::acme"]
  }
}

resource "aws_iam_policy" "this" {
  name   = "legacy"
  policy = data.aws_iam_policy_document.this.json
}
