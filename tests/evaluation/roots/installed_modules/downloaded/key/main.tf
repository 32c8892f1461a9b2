variable "aliases" {
  type = set(string)
}

resource "aws_kms_key" "this" {
  policy = data.aws_iam_policy_document.this.json
}

data "aws_iam_policy_document" "this" {
  statement {
    sid       = "Root"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::${data.aws_caller_identity.this.account_id}:root"]
    }
  }
}

data "aws_caller_identity" "this" {}

resource "aws_kms_alias" "this" {
  for_each      = var.aliases
  name          = "alias/${each.value}"
  target_key_id = aws_kms_key.this.arn
}

output "arn" {
  value = aws_kms_key.this.arn
}

output "aliases" {
  value = { for name, alias in aws_kms_alias.this : name => alias.arn }
}
