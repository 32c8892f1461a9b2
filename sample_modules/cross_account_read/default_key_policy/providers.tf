# The key policy is closed because nobody wrote one. A key that is created without a policy gets the default: the
# account that owns it, 111122223333, may do everything, and no other account is mentioned. So the role `reader` of
# account 444455556666 cannot decrypt, whatever the bucket policy and its own permissions say.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]

  assume_role {
    role_arn = "arn:aws:iam::111122223333:role/terraform"
  }
}

provider "aws" {
  alias               = "consumer"
  region              = "eu-west-1"
  allowed_account_ids = ["444455556666"]

  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/terraform"
  }
}
