locals {
  suffix = "after"
}

data "aws_iam_policy_document" "this" {
  statement {
    sid       = "Instead"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.this.arn]
    principals {
      type        = "AWS"
      identifiers = ["111122223333"]
    }
  }
}

output "child" {
  value = module.child.both
}
