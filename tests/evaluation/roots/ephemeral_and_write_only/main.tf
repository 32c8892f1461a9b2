# Ephemeral variables and outputs, and write-only arguments: they do not stay, and disturb nothing.

variable "secret" {
  type      = string
  default   = "s3cr3t"
  ephemeral = true
}

module "child" {
  source = "./child"
  secret = var.secret
}

resource "aws_secretsmanager_secret_version" "this" {
  secret_id                = "acme"
  secret_string_wo         = module.child.passed
  secret_string_wo_version = 1
}

resource "aws_s3_bucket" "this" {
  bucket = "acme-${aws_secretsmanager_secret_version.this.secret_string_wo_version}"
  tags   = { Kept = module.child.kept }
}

locals {
  not_kept = "${var.secret}-x"
}
