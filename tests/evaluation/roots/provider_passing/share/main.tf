terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.owner, aws.consumer]
    }
  }
}

module "consumer" {
  source    = "../who"
  providers = { aws = aws.consumer }
}

data "aws_caller_identity" "owner" {
  provider = aws.owner
}

resource "aws_kms_key" "this" {
  provider = aws.owner
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.owner.account_id}:root" } },
      { Effect = "Allow", Action = "kms:Decrypt", Resource = "*", Principal = { AWS = aws_iam_role.reader.arn } },
      { Effect = "Allow", Action = "kms:Decrypt", Resource = "*", Principal = { AWS = module.consumer.role } },
    ]
  })
}

resource "aws_iam_role" "reader" {
  provider           = aws.consumer
  name               = "reader"
  path               = "/data/"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

output "who" {
  value = {
    owner    = data.aws_caller_identity.owner.account_id
    consumer = module.consumer.who
    key      = aws_kms_key.this.arn
  }
}
