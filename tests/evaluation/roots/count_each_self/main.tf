# count, each and self; instances by number and by key, and references to them.

provider "aws" {
  region = "eu-west-1"
}

variable "accounts" {
  default = ["444455556666", "777788889999"]
}

resource "aws_s3_bucket" "numbered" {
  count  = length(var.accounts)
  bucket = "acme-${count.index}-${var.accounts[count.index]}"

  lifecycle {
    postcondition {
      condition     = startswith(self.bucket, "acme-")
      error_message = "A bucket has a wrong name."
    }
  }
}

resource "aws_s3_bucket" "maybe" {
  count  = var.accounts[0] == "444455556666" ? 1 : 0
  bucket = "acme-maybe"
}

resource "aws_s3_bucket" "never" {
  count  = contains(var.accounts, "111122223333") ? 1 : 0
  bucket = "acme-never"
}

resource "aws_iam_role" "keyed" {
  for_each = {
    for number, account in var.accounts : "account ${number}" => { id = account, admin = number == 0 }
  }
  name = replace(each.key, " ", "-")
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = each.value.id } }]
  })
  tags = each.value.admin ? { Admin = "yes" } : {}
}

resource "aws_iam_role_policy" "chained" {
  for_each = aws_iam_role.keyed
  name     = "chained"
  role     = each.value.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = [for bucket in aws_s3_bucket.numbered : "${bucket.arn}/${each.key}/*"]
    }]
  })
}

resource "aws_s3_bucket_policy" "numbered" {
  count  = length(aws_s3_bucket.numbered)
  bucket = aws_s3_bucket.numbered[count.index].id
  policy = data.aws_iam_policy_document.numbered[count.index].json
}

data "aws_iam_policy_document" "numbered" {
  count = 2
  statement {
    actions   = ["s3:GetObject"]
    resources = [format("%s/*", element(aws_s3_bucket.numbered[*].arn, count.index + 4))]
    principals {
      type        = "AWS"
      identifiers = [values(aws_iam_role.keyed)[count.index].arn]
    }
  }
}

output "names" {
  value = {
    splat   = aws_s3_bucket.numbered[*].bucket
    maybe   = one(aws_s3_bucket.maybe[*].bucket)
    never   = one(aws_s3_bucket.never[*].bucket)
    joined  = join("", aws_s3_bucket.never.*.bucket)
    keyed   = keys(aws_iam_role.keyed)
    lookups = [for key in ["account 0", "account 1"] : aws_iam_role.keyed[key].arn]
  }
}
