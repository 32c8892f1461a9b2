# Override files: arguments replaced one by one, blocks by type, locals and variables by name. What makes a file one is
# the end of its name; a directory is no file whatever it is called.

variable "name" {
  type    = string
  default = "before"
}

variable "readers" {
  type    = list(string)
  default = ["444455556666"]
}

locals {
  prefix = "acme"
  suffix = "before"
}

resource "aws_s3_bucket" "this" {
  bucket        = "${local.prefix}-${var.name}-${local.suffix}"
  force_destroy = true
  tags          = { From = "main" }
}

data "aws_iam_policy_document" "this" {
  policy_id = "kept"
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.this.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = var.readers
    }
  }
  statement {
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = ["*"]
  }
}

module "child" {
  source = "./child"
  first  = "before"
  second = "kept"
}

output "child" {
  value = "before"
}
