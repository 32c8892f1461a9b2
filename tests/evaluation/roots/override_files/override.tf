variable "name" {
  default = "after"
}

resource "aws_s3_bucket" "this" {
  tags = { From = "override" }
}

module "child" {
  first = "after"
}
