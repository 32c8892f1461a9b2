# The bucket policy is closed. There is one, but all it does is refuse requests without TLS; no statement lets the
# role `reader` of account 444455556666 in. Inside one account the role's own permissions would do. From another
# account S3 wants a yes from both sides, so the read ends in Access Denied before the key is even asked.

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
  alias  = "storage"
  region = "eu-central-1"

  assume_role {
    role_arn     = "arn:aws:iam::111122223333:role/terraform"
    session_name = "storage"
  }
}

provider "aws" {
  alias  = "analytics"
  region = "eu-central-1"

  assume_role {
    role_arn     = "arn:aws:iam::444455556666:role/terraform"
    session_name = "analytics"
  }
}
