# The role's own permissions are closed. The owner's account 111122223333 did everything right: bucket policy and
# key policy both let the role `reader` of account 444455556666 in. But the role may only do s3:GetObject. A grant
# from another account opens that account's gate; the role's own account has to allow kms:Decrypt too, and does not.

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
  region = "us-west-2"

  assume_role {
    role_arn = "arn:aws:iam::111122223333:role/terraform"
  }
}

provider "aws" {
  alias  = "consumer"
  region = "us-west-2"

  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/terraform"
  }
}
