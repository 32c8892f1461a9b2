variable "name" {
  type = string
}

variable "buckets" {
  type = list(string)
}

variable "reader" {
  type = string
}

module "bucket" {
  source   = "../bucket"
  for_each = toset(var.buckets)

  name   = "${var.name}-${each.value}"
  policy = var.reader == null ? null : data.aws_iam_policy_document.reader[each.key].json
}

data "aws_iam_policy_document" "reader" {
  for_each = var.reader != null ? toset(var.buckets) : []

  statement {
    actions   = ["s3:GetObject"]
    resources = ["${module.bucket[each.key].arn}/*"]
    principals {
      type        = "AWS"
      identifiers = [var.reader]
    }
  }
}

output "arns" {
  value = [for bucket in module.bucket : bucket.arn]
}

output "names" {
  value = values(module.bucket)[*].name
}

output "reader" {
  value = var.reader
}
