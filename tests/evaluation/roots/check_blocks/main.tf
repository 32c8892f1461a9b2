# Check blocks: what they look up is theirs alone, and an assertion that fails stops nothing.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

data "aws_caller_identity" "this" {}

resource "aws_kms_key" "this" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

check "fails" {
  data "aws_caller_identity" "inside" {}

  assert {
    condition     = data.aws_caller_identity.inside.account_id == "444455556666"
    error_message = "This is ${data.aws_caller_identity.inside.account_id}."
  }

  assert {
    condition     = aws_kms_key.this.arn == ""
    error_message = "A key has an ARN."
  }
}

check "without_data" {
  assert {
    condition     = length(aws_kms_key.this.policy) > 0
    error_message = "The policy is empty."
  }
}

output "policy" {
  value = aws_kms_key.this.policy
}
