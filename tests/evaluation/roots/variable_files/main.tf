# Values for variables: terraform.tfvars, *.auto.tfvars in order of name, JSON, and the command line.

variable "first" {
  default = "default"
}

variable "second" {
  type = string
}

variable "third" {
  type = map(list(number))
}

variable "given" {
  type = list(string)
}

variable "text" {
  type = string
}

variable "policy" {
  type = object({ actions = list(string), effect = optional(string, "Allow") })
}

resource "aws_s3_bucket" "this" {
  bucket = "acme-${var.first}-${var.second}"
  tags   = { for key, numbers in var.third : key => sum(numbers) }
}

resource "aws_iam_policy" "this" {
  name        = "given"
  description = "${join(" ", var.given)} ${var.text}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = var.policy.effect, Action = var.policy.actions, Resource = "*" }] })
}
