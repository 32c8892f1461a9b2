data "aws_caller_identity" "this" {}

data "aws_region" "this" {}

data "aws_partition" "this" {}

resource "aws_iam_role" "here" {
  name = "here-${data.aws_region.this.region}"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.${data.aws_partition.this.dns_suffix}" } }]
  })
}

output "role" {
  value = aws_iam_role.here.arn
}

output "who" {
  value = "${data.aws_partition.this.partition} ${data.aws_region.this.region} ${data.aws_caller_identity.this.account_id}"
}
