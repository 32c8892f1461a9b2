# Dynamic blocks in provider configurations: the account is that of the role that is assumed, if any.

variable "roles" {
  type    = list(string)
  default = ["arn:aws:iam::444455556666:role/first", "arn:aws:iam::777788889999:role/last"]
}

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]

  dynamic "assume_role" {
    for_each = []
    content {
      role_arn = assume_role.value
    }
  }
}

provider "aws" {
  alias  = "partner"
  region = "eu-west-1"

  dynamic "assume_role" {
    for_each = slice(var.roles, 0, 1)
    iterator = role
    content {
      role_arn = role.value
    }
  }
}

data "aws_caller_identity" "own" {}

data "aws_caller_identity" "partner" {
  provider = aws.partner
}

resource "aws_iam_role" "partner" {
  provider           = aws.partner
  name               = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

output "accounts" {
  value = [data.aws_caller_identity.own.account_id, data.aws_caller_identity.partner.account_id, aws_iam_role.partner.arn]
}
