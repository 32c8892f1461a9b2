# Policies decoded, changed and encoded again; documents built of parts.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

variable "base" {
  default = <<-EOT
    {"Version": "2012-10-17", "Id": "base", "Statement": [{"Sid": "A", "Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": "111122223333"}}]}
  EOT
}

resource "aws_iam_role" "reader" {
  name               = "reader"
  assume_role_policy = jsonencode(jsondecode(file("trust.json")))
}

locals {
  base = jsondecode(var.base)
  extended = merge(local.base, {
    Id = "extended"
    Statement = concat(local.base.Statement, [
      {
        Sid       = "B"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = "*"
        Principal = { AWS = aws_iam_role.reader.arn }
      }
    ])
  })
  without_ids = { for key, value in local.extended : key => value if key != "Id" }
  changed = merge(local.extended, {
    Statement = [for s in local.extended.Statement : merge(s, { Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-x" } } }) if s.Sid == "B"]
  })
}

resource "aws_kms_key" "extended" {
  policy = jsonencode(local.extended)
}

resource "aws_kms_key" "changed" {
  policy = jsonencode(merge(jsondecode(aws_kms_key.extended.policy), { Statement = local.changed.Statement }))
}

resource "aws_kms_key" "document" {
  policy = data.aws_iam_policy_document.this.json
}

data "aws_iam_policy_document" "this" {
  source_policy_documents = [jsonencode(local.without_ids)]
}

output "values" {
  value = {
    sids    = jsondecode(data.aws_iam_policy_document.this.json).Statement[*].Sid
    first   = local.base.Statement[0]["Principal"].AWS
    numbers = jsondecode("[1, 2.50, 1e3, -0, null, true, \"\\u00e4\\n\"]")
    again   = jsonencode(jsondecode("{\"b\": 1, \"a\": [\"<x>\", {}]}"))
  }
}
