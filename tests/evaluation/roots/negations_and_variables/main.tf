# not_actions, not_resources, not_principals, policy variables, and the forms of principals.

data "aws_iam_policy_document" "this" {
  statement {
    not_actions   = ["s3:DeleteObject", "s3:DeleteBucket"]
    not_resources = ["arn:aws:s3:::acme/private/*", "arn:aws:s3:::acme/&{aws:userid}/*"]
    not_principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root"]
    }
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["", "home/", "home/&{aws:username}/*", "home/$${aws:username}/*"]
    }
    condition {
      test     = "StringLike"
      variable = "aws:PrincipalArn"
      values   = ["arn:aws:iam::*:role/x"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = [true]
    }
    condition {
      test     = "ForAnyValue:StringEquals"
      variable = "aws:CalledVia"
      values   = []
    }
  }

  statement {
    sid     = ""
    effect  = "Deny"
    actions = ["s3:&{kept}"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  statement {
    actions   = []
    resources = ["<a>&\"b\\c\u00e9\u2028"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    principals {
      type        = "Federated"
      identifiers = ["cognito-identity.amazonaws.com", "accounts.google.com"]
    }
    principals {
      type        = "Service"
      identifiers = []
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = "acme"
  policy = data.aws_iam_policy_document.this.json
}

output "mini" {
  value = data.aws_iam_policy_document.this.minified_json
}
