# depends_on between modules, documents passed into modules and back, and module arguments that use each other.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

module "bucket" {
  source = "./bucket"

  name      = "acme-shared"
  key       = module.key.arn
  documents = [data.aws_iam_policy_document.extra.json, module.key.document]
}

module "key" {
  source     = "./key"
  bucket_arn = module.bucket.arn
  readers    = { for name in ["a", "b"] : name => { arn = "arn:aws:iam::444455556666:role/${name}", prefixes = toset(["${name}/", "shared/"]) } }
  depends_on = [terraform_data.first]
}

resource "terraform_data" "first" {}

data "aws_iam_policy_document" "extra" {
  statement {
    sid       = "Extra"
    actions   = ["s3:ListBucket"]
    resources = [module.bucket.arn]
    principals {
      type        = "AWS"
      identifiers = values(module.key.readers)[*].arn
    }
  }
}

output "statements" {
  value = [for statement in jsondecode(module.bucket.policy).Statement : lookup(statement, "Sid", "-")]
}
