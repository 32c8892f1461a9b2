# The key policy is closed. It lets the owner's account 111122223333 use the key and nobody else, so KMS refuses
# to decrypt for the role `reader` of account 444455556666. S3 allowed the read before that, and the reader sees
# Access Denied all the same: AWS asks the key policy on every GET of an object under this key, and the role's own
# kms:Decrypt counts for nothing in another account unless the key's policy agrees.

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
  alias  = "consumer"
  region = "eu-west-1"

  assume_role {
    role_arn = "arn:aws:iam::444455556666:role/terraform"
  }
}
