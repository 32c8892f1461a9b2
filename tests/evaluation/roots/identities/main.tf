# Roles, users and groups with every way to give them a policy.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com", "ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "read" {
  for_each = toset(["raw", "curated"])
  statement {
    actions   = ["s3:Get*", "s3:List*"]
    resources = ["arn:aws:s3:::acme-${each.key}", "arn:aws:s3:::acme-${each.key}/*"]
  }
}

resource "aws_iam_role" "this" {
  name                 = "worker"
  path                 = "/service/"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 60 * 60
  permissions_boundary = aws_iam_policy.read["raw"].arn

  dynamic "inline_policy" {
    for_each = data.aws_iam_policy_document.read
    content {
      name   = "inline-${inline_policy.key}"
      policy = inline_policy.value.json
    }
  }
}

resource "aws_iam_role" "managed" {
  name                = "managed"
  assume_role_policy  = data.aws_iam_policy_document.trust.minified_json
  managed_policy_arns = [for policy in aws_iam_policy.read : policy.arn]
}

resource "aws_iam_policy" "read" {
  for_each    = data.aws_iam_policy_document.read
  name_prefix = "read-${each.key}-"
  path        = "/data/"
  policy      = each.value.json
}

resource "aws_iam_user" "this" {
  count = 2
  name  = "user-${count.index}"
}

resource "aws_iam_group" "this" {
  name = "readers"
}

resource "aws_iam_group_membership" "this" {
  name  = "members"
  group = aws_iam_group.this.name
  users = aws_iam_user.this[*].name
}

resource "aws_iam_user_group_membership" "this" {
  user   = aws_iam_user.this[0].name
  groups = [aws_iam_group.this.name, "others"]
}

resource "aws_iam_group_policy" "this" {
  name   = "read"
  group  = aws_iam_group.this.id
  policy = data.aws_iam_policy_document.read["raw"].json
}

resource "aws_iam_user_policy" "this" {
  user   = aws_iam_user.this[1].name
  policy = data.aws_iam_policy_document.read["curated"].json
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each   = { raw = "arn:aws:iam::aws:policy/ReadOnlyAccess", own = aws_iam_policy.read["raw"].arn }
  role       = aws_iam_role.this.name
  policy_arn = each.value
}

resource "aws_iam_policy_attachment" "this" {
  name       = "everywhere"
  policy_arn = aws_iam_policy.read["curated"].arn
  roles      = toset([aws_iam_role.this.name, aws_iam_role.managed.name])
  users      = [for user in aws_iam_user.this : user.name]
  groups     = [aws_iam_group.this.name]
}

resource "aws_iam_role_policies_exclusive" "this" {
  role_name    = aws_iam_role.this.name
  policy_names = aws_iam_role.this.inline_policy[*].name
}

output "arns" {
  value = concat([aws_iam_role.this.arn, aws_iam_group.this.arn], aws_iam_user.this[*].arn)
}
