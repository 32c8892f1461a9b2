# The key is in another Region than the bucket. S3 in eu-west-1 can use keys of eu-west-1 only; the API takes the ARN
# of a key in us-east-1 without a word, and then every upload under this default fails, for the owner as for the role
# `reader` of account 444455556666. Policies play no part in it. Either the key moves to the bucket's Region, or the
# bucket names a replica of a multi-Region key there.

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

# The same account, where the security team keeps all its keys.
provider "aws" {
  alias  = "owner_keys"
  region = "us-east-1"

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
