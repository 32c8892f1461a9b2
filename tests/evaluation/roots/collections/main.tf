# Functions on collections, as modules use them to prepare for_each.

provider "aws" {
  region = "eu-west-1"
}

variable "environments" {
  type    = list(string)
  default = ["prod", "dev"]
}

locals {
  product   = setproduct(var.environments, ["raw", "curated"])
  buckets   = { for pair in local.product : join("-", pair) => { env = pair[0], zone = pair[1] } }
  zipped    = zipmap(var.environments, [for index, _ in var.environments : index * 10])
  chunks    = chunklist(range(7), 3)
  lookups   = [lookup(local.zipped, "prod", -1), lookup(local.zipped, "none", -1)]
  sets      = { union = setunion(["a"], ["b", "a"]), minus = setsubtract(["a", "b"], ["b"]), both = setintersection(["a", "b"], ["b", "c"]) }
  sorted    = sort(["b", "B", "a", "10", "9"])
  math      = [max(1, 5, 3), min([2, 1]...), ceil(1.1), floor(-1.1), abs(-3), pow(2, 10), log(8, 2), signum(-2), parseint("ff", 16), sum([1, 2.5])]
  rearrange = [reverse([1, 2, 3]), distinct(["a", "b", "a"]), compact(["", "a", null]), flatten([[1], [[2]], []]), slice([1, 2, 3, 4], 1, 3), element([1, 2, 3], 4)]
  merged    = merge({ a = 1, b = { c = 1 } }, { b = { d = 2 } }, null, { e = [] })
  tests     = [alltrue([true, "true"]), anytrue([]), contains(local.sorted, "9"), length({ a = 1 }), matchkeys(["x", "y"], ["1", "2"], ["2"]), keys({ b = 1, a = 2 }), values({ b = 1, a = 2 })]
  networks  = [cidrsubnet("10.0.0.0/16", 8, 2), cidrhost("10.0.0.0/24", 5), cidrnetmask("10.0.0.0/20")]
  dates     = [formatdate("YYYY-MM-DD", "2024-02-29T10:00:00Z"), timeadd("2024-02-29T10:00:00Z", "24h")]
  decoded   = [yamldecode("a: [1, x]\nb: {c: true}"), csvdecode("n,v\na,1\nb,2"), yamlencode({ a = [1], b = "x" })]
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets
  bucket   = "acme-${each.value.zone}-${each.value.env}"
  tags     = merge({ Order = local.zipped[each.value.env] }, each.value.env == "prod" ? { Protected = true } : {})
}

resource "aws_iam_policy" "this" {
  for_each = toset(var.environments)
  name     = each.key
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = sort(setunion(["s3:GetObject"], each.key == "dev" ? ["s3:PutObject"] : []))
      Resource = [for key, bucket in aws_s3_bucket.this : "${bucket.arn}/*" if local.buckets[key].env == each.key]
    }]
  })
}

output "all" {
  value = {
    product   = local.product
    chunks    = local.chunks
    lookups   = local.lookups
    sets      = local.sets
    sorted    = local.sorted
    math      = local.math
    rearrange = local.rearrange
    merged    = local.merged
    tests     = local.tests
    networks  = local.networks
    dates     = local.dates
    decoded   = local.decoded
  }
}
