# One module used several times: with literal, computed and passed-on arguments; its instances stay apart.

provider "aws" {
  region = "us-east-1"
}

module "one" {
  source  = "./key"
  name    = "one"
  readers = ["arn:aws:iam::444455556666:role/a"]
}

module "two" {
  source  = "./key"
  name    = "two"
  readers = concat(module.one.readers, ["arn:aws:iam::444455556666:role/b"])
}

module "three" {
  source  = "./key"
  name    = module.two.name == "two" ? "three" : "wrong"
  readers = slice(module.two.readers, 1, 2)
}

resource "aws_s3_bucket" "this" {
  for_each = { one = module.one, two = module.two, three = module.three }
  bucket   = "acme-${each.value.name}"
  tags     = { Key = each.value.arn, Readers = length(each.value.readers) }
}

output "arns" {
  value = [module.one.arn, module.two.arn, module.three.arn]
}
