# Every gate is open. Account 111122223333 owns the bucket and its KMS key, and the role `reader` of account
# 444455556666 reads the objects. AWS asks four policies and each one says yes: the bucket policy and the key
# policy in the owner's account, and the role's own permissions on the bucket and on the key in the reader's.

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
  alias  = "owner"
  region = "eu-west-1"

  assume_role {
    role_arn = "arn:aws:iam::111122223333:role/terraform"
  }
}

provider "aws" {
  alias  = "consumer"
  region = "eu-west-1"

  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/terraform"
  }
}
