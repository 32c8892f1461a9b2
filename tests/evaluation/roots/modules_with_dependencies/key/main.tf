variable "bucket_arn" {}

variable "readers" {
  type = map(object({ arn = string, prefixes = set(string) }))
}

resource "aws_kms_key" "this" {
  policy = data.aws_iam_policy_document.this.json
}

data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = var.readers
    iterator = it
    content {
      sid       = "Reader${it.key}"
      actions   = ["kms:Decrypt"]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = [it.value.arn]
      }
      dynamic "condition" {
        for_each = it.value.prefixes
        content {
          test     = "StringLike"
          variable = "kms:EncryptionContext:aws:s3:arn"
          values   = [for suffix in ["*", "?"] : "arn:aws:s3:::acme-shared/${condition.value}${suffix}"]
        }
      }
    }
  }
}

data "aws_iam_policy_document" "objects" {
  for_each = var.readers
  statement {
    sid       = "Objects${upper(each.key)}"
    actions   = ["s3:GetObject"]
    resources = [for prefix in each.value.prefixes : "${var.bucket_arn}/${prefix}*"]
    principals {
      type        = "AWS"
      identifiers = [each.value.arn]
    }
  }
}

data "aws_iam_policy_document" "all" {
  source_policy_documents = values(data.aws_iam_policy_document.objects)[*].json
}

output "arn" {
  value = aws_kms_key.this.arn
}

output "document" {
  value = data.aws_iam_policy_document.all.json
}

output "readers" {
  value = var.readers
}
