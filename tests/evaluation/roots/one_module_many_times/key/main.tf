variable "name" {}

variable "readers" {
  type = list(string)
}

resource "aws_kms_key" "this" {
  policy = data.aws_iam_policy_document.this.json
  tags   = { Name = var.name }
}

data "aws_iam_policy_document" "this" {
  statement {
    sid       = title(var.name)
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = var.readers
    }
  }
}

output "arn" {
  value = aws_kms_key.this.arn
}

output "name" {
  value = var.name
}

output "readers" {
  value = var.readers
}
