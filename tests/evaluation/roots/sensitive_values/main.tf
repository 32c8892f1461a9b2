# Sensitive values are values: they reach policies like all others.

variable "external_id" {
  type      = string
  default   = "abc-123"
  sensitive = true
}

locals {
  id = sensitive("inner")
}

resource "aws_iam_role" "this" {
  name = "external"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "444455556666" }
      Condition = { StringEquals = { "sts:ExternalId" = [var.external_id, local.id] } }
    }]
  })
}

data "aws_iam_policy_document" "this" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::${nonsensitive(var.external_id)}/*"]
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }
  }
}

resource "aws_iam_role_policy" "this" {
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}

output "id" {
  value     = { id = var.external_id, inner = local.id }
  sensitive = true
}
