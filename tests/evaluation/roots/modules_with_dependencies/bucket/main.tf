variable "name" {}

variable "key" {}

variable "documents" {
  type = list(string)
}

resource "aws_s3_bucket" "this" {
  bucket = var.name
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.this.json
}

data "aws_iam_policy_document" "this" {
  source_policy_documents = var.documents

  dynamic "statement" {
    for_each = var.key != "" ? ["x"] : []
    content {
      sid         = "DenyOtherKeys"
      effect      = "Deny"
      actions     = ["s3:PutObject"]
      resources   = ["${aws_s3_bucket.this.arn}/*"]
      not_actions = null
      principals {
        type        = "*"
        identifiers = ["*"]
      }
      condition {
        test     = "StringNotEqualsIfExists"
        variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
        values   = [var.key]
      }
    }
  }
}

output "arn" {
  value = aws_s3_bucket.this.arn
}

output "policy" {
  value = aws_s3_bucket_policy.this.policy
}
