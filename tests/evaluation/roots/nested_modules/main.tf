# Modules in modules, each with count or for_each, and outputs that pass through two levels.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

variable "teams" {
  default = {
    blue  = { buckets = ["raw", "curated"], reader = "444455556666" }
    green = { buckets = ["raw"], reader = null }
  }
}

module "team" {
  source   = "./modules/team"
  for_each = var.teams

  name    = each.key
  buckets = each.value.buckets
  reader  = each.value.reader
}

module "extra" {
  source = "./modules/team"
  count  = 2

  name    = "extra-${count.index}"
  buckets = [format("b%02d", count.index)]
  reader  = module.team["blue"].reader
}

module "none" {
  source = "./modules/team"
  count  = length(var.teams) > 5 ? 1 : 0

  name    = "none"
  buckets = []
  reader  = null
}

resource "aws_iam_policy" "all" {
  name = "all-buckets"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = sort(flatten([values(module.team)[*].arns, module.extra[*].arns, module.none[*].arns]))
    }]
  })
}

output "names" {
  value = { for key, team in module.team : key => team.names }
}

output "last" {
  value = module.extra[1].names
}

output "maybe" {
  value = one(module.none[*].names)
}
