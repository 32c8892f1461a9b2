# Modules that were downloaded before: found through .terraform/modules/modules.json.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

module "key" {
  source  = "acme/kms-key/aws"
  version = "~> 2.0"

  aliases = ["one", "two"]
}

module "from_git" {
  source = "git::https://git.example.com/modules.git//bucket?ref=v1"
  count  = 2

  name = "git-${count.index}"
  key  = module.key.arn
}

output "all" {
  value = { key = module.key.aliases, buckets = module.from_git[*].arn }
}
