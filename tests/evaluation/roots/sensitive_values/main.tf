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

# A sensitive list may make dynamic blocks, and a sensitive number instances.

variable "readers" {
  type      = list(string)
  default   = ["alpha", "beta"]
  sensitive = true
}

data "aws_iam_policy_document" "readers" {
  dynamic "statement" {
    for_each = var.readers
    content {
      sid       = title(statement.value)
      actions   = ["s3:GetObject"]
      resources = ["arn:aws:s3:::${statement.value}/*"]
    }
  }
}

resource "aws_iam_policy" "readers" {
  count  = length(var.readers)
  name   = "reader-${var.readers[count.index]}"
  policy = data.aws_iam_policy_document.readers.json
}

resource "aws_s3_bucket" "this" {
  bucket = "acme-${var.readers[0]}"
}

output "marks" {
  value = [
    issensitive(aws_s3_bucket.this.bucket),
    issensitive(data.aws_iam_policy_document.readers.json),
    issensitive(aws_iam_policy.readers[0].name),
    issensitive(aws_iam_policy.readers),
    issensitive(aws_iam_policy.readers[*].name),
  ]
}

output "id" {
  value     = { id = var.external_id, inner = local.id }
  sensitive = true
}
