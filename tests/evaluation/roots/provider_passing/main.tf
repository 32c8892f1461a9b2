# Provider configurations passed into modules, renamed on the way, and passed on.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

provider "aws" {
  alias  = "consumer"
  region = "eu-central-1"
  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/terraform"
  }
}

provider "aws" {
  alias  = "china"
  region = "cn-north-1"
}

module "share" {
  source = "./share"
  providers = {
    aws.owner    = aws
    aws.consumer = aws.consumer
  }
}

module "reversed" {
  source = "./share"
  providers = {
    aws.owner    = aws.consumer
    aws.consumer = aws
  }
}

module "china" {
  source    = "./who"
  providers = { aws = aws.china }
}

module "inherited" {
  source = "./who"
}

output "who" {
  value = [module.share.who, module.reversed.who, module.china.who, module.inherited.who]
}
