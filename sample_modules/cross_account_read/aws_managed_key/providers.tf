# The key can never work. The bucket is encrypted with "aws:kms" and no key of its own, so S3 takes the AWS managed
# key aws/s3 of account 111122223333. The policy of that key belongs to AWS: it serves principals of its own account
# only, and nobody can edit it. Bucket policy and role allow everything, and the role `reader` of account
# 444455556666 is still denied. The way out is a customer managed key whose policy names the reader.

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
