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

  name = "${var.name}-${each.value}"
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

resource "aws_s3_bucket_policy" "reader" {
  for_each = data.aws_iam_policy_document.reader

  bucket = module.bucket[each.key].name
  policy = each.value.json
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
