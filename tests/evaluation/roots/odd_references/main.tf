# References in odd forms: indexes into instances and attributes, chained look-ups, splats beside indexes.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

variable "which" {
  default = "b"
}

resource "aws_s3_bucket" "keyed" {
  for_each = { a = "one", b = "two" }
  bucket   = "acme-${each.value}"
  tags     = { Key = each.key, Index = index(["one", "two"], each.value) }
}

resource "aws_s3_bucket" "counted" {
  count  = 3
  bucket = format("acme-%d", count.index)

  versioning {
    enabled = count.index == 1
  }
}

resource "aws_iam_role" "role" {
  name               = "role"
  assume_role_policy = jsonencode({})
  tags               = { Team = "x" }
}

locals {
  role    = aws_iam_role.role
  buckets = { keyed = aws_s3_bucket.keyed, counted = aws_s3_bucket.counted }
  chained = local.buckets["keyed"][var.which]["tags"].Key
  first   = local.buckets.counted[0].bucket
  picked  = [for name, group in local.buckets : [for bucket in group : bucket.arn]]
  module  = module.thing
}

module "thing" {
  source = "./thing"
  for_each = {
    for name, bucket in aws_s3_bucket.keyed : name => { name = bucket.tags.Key, pairs = { (name) = name } }
  }
  thing = each.value
}

resource "aws_iam_role_policy" "this" {
  role = local.role.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "s3:*", Resource = aws_s3_bucket.keyed[var.which].arn },
      { Effect = "Allow", Action = "s3:*", Resource = aws_s3_bucket.keyed[keys(aws_s3_bucket.keyed)[0]].arn },
      { Effect = "Allow", Action = "s3:*", Resource = aws_s3_bucket.counted[length(aws_s3_bucket.counted) - 1].arn },
      { Effect = "Allow", Action = "s3:*", Resource = [for i in [0, 2] : aws_s3_bucket.counted[i].arn] },
      { Effect = "Allow", Action = "s3:*", Resource = flatten(local.picked) },
      { Effect = "Allow", Action = "s3:*", Resource = matchkeys(values(aws_s3_bucket.keyed)[*].arn, values(aws_s3_bucket.keyed)[*].tags.Key, ["b"]) },
    ]
  })
}

output "all" {
  value = {
    chained  = local.chained
    first    = local.first
    enabled  = aws_s3_bucket.counted[*].versioning[0].enabled
    modules  = { for key, thing in local.module : key => thing.out }
    one      = module.thing["a"].out.pairs
    names    = [for thing in module.thing : thing.out.name]
    tags     = local.role.tags.Team
    slices   = slice(aws_s3_bucket.counted, 1, 3)[*].bucket
    contains = contains(keys(aws_s3_bucket.keyed), "c") ? aws_s3_bucket.keyed["c"].arn : "no c"
    tried    = try(aws_s3_bucket.keyed["c"].arn, aws_s3_bucket.counted[7].arn, "neither")
    zip      = zipmap(aws_s3_bucket.counted[*].bucket, aws_s3_bucket.counted[*].id)
    length   = [length(aws_s3_bucket.keyed), length(module.thing), length(aws_iam_role.role.tags)]
  }
}
