# How Terraform 0.11 was written: interpolation-only strings, .0 and .*, bare list and map types.

provider "aws" {
  region = "${var.region}"
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "names" {
  type    = list
  default = ["a", "b"]
}

variable "tags" {
  type    = map
  default = { "Name" = "legacy" }
}

variable "old_list" {
  type    = list
  default = ["x"]
}

resource "aws_s3_bucket" "this" {
  count  = "${length(var.names)}"
  bucket = "acme-${element(var.names, count.index)}-${var.old_list.0}"
  tags   = "${merge(var.tags, { Index = "${count.index}" })}"
}

locals {
  first = "${aws_s3_bucket.this.0.arn}"
  all   = "${aws_s3_bucket.this.*.arn}"
  cond  = "${var.region == "eu-west-1" ? "yes" : "no"}"
}

data "aws_iam_policy_document" "this" {
  statement {
    effect    = "Allow"
    actions   = ["s3:GetObject"]
    resources = "${formatlist("%s/*", aws_s3_bucket.this.*.arn)}"

    principals {
      type        = "AWS"
      identifiers = ["${lookup(var.tags, "none", "444455556666")}"]
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = "${aws_s3_bucket.this.1.id}"
  policy = "${data.aws_iam_policy_document.this.json}"
}

output "all" {
  value = ["${local.first}", "${local.cond}", "${join(",", local.all)}", "${var.tags["Name"]}"]
}
