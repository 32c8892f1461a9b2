# Account 444455556666: one role a team. The key's ARN comes from the state of the hub.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }

  backend "s3" {
    bucket = "acme-terraform-states"
    key    = "readers/terraform.tfstate"
    region = "eu-west-1"
  }
}

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["444455556666"]
}

data "terraform_remote_state" "hub" {
  backend = "s3"

  config = {
    bucket = "acme-terraform-states"
    key    = "hub/terraform.tfstate"
    region = "eu-west-1"
  }
}

locals {
  teams = toset([for number in range(1, 13) : format("team-%02d", number)])
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "reader" {
  for_each = local.teams

  name               = "${each.key}-reader"
  path               = "/lake/"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::${data.terraform_remote_state.hub.outputs.bucket}/*"]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [data.terraform_remote_state.hub.outputs.key_arn]
  }
}

resource "aws_iam_role_policy" "read" {
  for_each = local.teams

  name   = "read-the-hub"
  role   = aws_iam_role.reader[each.key].id
  policy = data.aws_iam_policy_document.read.json
}
