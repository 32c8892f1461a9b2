# try and can over attributes that are missing, types that do not fit and texts that do not parse.

variable "config" {
  type = any
  default = {
    key      = { policy = null, alias = "alias/x" }
    accounts = ["444455556666", "not-an-account"]
    text     = "{\"Version\": \"2012-10-17\", \"Statement\": []}"
  }
}

locals {
  principals = [for account in var.config.accounts : "arn:aws:iam::${account}:root" if can(regex("^\\d{12}$", account))]
  policy     = try(jsondecode(var.config.missing), jsondecode(var.config.text), {})
  broken     = try(jsondecode("{"), "broken")
  number     = try(tonumber("x"), tonumber("5"))
  nested     = try(var.config.key.rotation.days, var.config.key["rotation"], 90)
}

resource "aws_kms_key" "this" {
  policy                  = try(coalesce(var.config.key.policy), null)
  rotation_period_in_days = local.nested
  enable_key_rotation     = can(var.config.key.rotation) ? false : true
  description             = try(var.config.key.description, "none given")
}

resource "aws_kms_alias" "this" {
  count         = can(regex("^alias/", var.config.key.alias)) ? 1 : 0
  name          = var.config.key.alias
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_iam_policy" "this" {
  name = "tried"
  policy = jsonencode(merge(local.policy, {
    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*", Principal = { AWS = local.principals } }]
  }))
}

output "all" {
  value = [local.broken, local.number, can(local.policy.Id), try(aws_kms_alias.this[5].arn, "no fifth"), try(null, "x"), can(tobool("maybe"))]
}
