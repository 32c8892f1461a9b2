# Splats, for expressions with conditions, with grouping, nested, over lists, maps, sets and objects.

variable "grants" {
  default = [
    { account = "444455556666", role = "reader", bucket = "raw" },
    { account = "444455556666", role = "writer", bucket = "raw" },
    { account = "777788889999", role = "reader", bucket = "curated" },
    { account = "777788889999", role = "reader", bucket = "raw" },
  ]
}

locals {
  by_bucket  = { for grant in var.grants : grant.bucket => "arn:aws:iam::${grant.account}:role/${grant.role}"... }
  by_account = { for index, grant in var.grants : grant.account => index... if grant.role == "reader" }
  roles      = toset(var.grants[*].role)
  pairs      = flatten([for bucket, arns in local.by_bucket : [for arn in arns : { bucket = bucket, arn = arn }]])
  keyed      = { for pair in local.pairs : "${pair.bucket}/${basename(pair.arn)}/${split(":", pair.arn)[4]}" => pair }
  nothing    = null
  single     = { name = "only" }
  matrix     = [[1, 2], [3], []]
}

resource "aws_s3_bucket" "this" {
  for_each = local.by_bucket
  bucket   = "acme-${each.key}"
}

resource "aws_s3_bucket_policy" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for number, arn in distinct(sort(local.by_bucket[each.key])) : {
        Sid       = "S${number}"
        Effect    = "Allow"
        Action    = endswith(arn, "writer") ? ["s3:PutObject"] : ["s3:GetObject", "s3:ListBucket"]
        Principal = { AWS = arn }
        Resource  = endswith(arn, "writer") ? ["${each.value.arn}/*"] : [each.value.arn, "${each.value.arn}/*"]
      }
    ]
  })
}

resource "aws_iam_user" "this" {
  for_each = local.keyed
  name     = replace(each.key, "/", "-")
  path     = "/${each.value.bucket}/"
}

output "shapes" {
  value = {
    by_account = local.by_account
    roles      = local.roles
    pairs      = local.pairs[*].arn
    nothing    = local.nothing[*]
    single     = local.single[*].name
    doubled    = [for row in local.matrix : [for n in row : n * 2 if n != 2]]
    lengths    = { for index, row in local.matrix : index => length(row) }
    flipped    = { for key, value in { a = "x", b = "y" } : value => key }
    objects    = [for key, value in { b = 1, a = 2 } : "${key}=${value}"]
    set        = [for role in local.roles : upper(role)]
    transposed = transpose({ a = ["x", "y"], b = ["x"] })
    arns       = values(aws_s3_bucket.this)[*].arn
    users      = [for user in aws_iam_user.this : user.arn if user.path == "/raw/"]
    nested     = var.grants[*]["role"]
    index      = [for pair in local.pairs : pair][1].bucket
  }
}
