# The key is named in a way that means something else to another account. The bucket's default encryption says
# "alias/shared-data", and S3 documents that it looks an alias up in the account of the requester. When the role
# `writer` of account 444455556666 uploads, S3 looks for alias/shared-data over there: the upload fails, or worse, it
# succeeds under a key that the bucket's owner can never use. All four policies are right. The full ARN of the key
# in place of the alias means the same key to everybody.

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
  region = "eu-west-1"

  assume_role {
    role_arn = "arn:aws:iam::111122223333:role/terraform"
  }
}

provider "aws" {
  alias  = "partner"
  region = "eu-west-1"

  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/terraform"
  }
}
