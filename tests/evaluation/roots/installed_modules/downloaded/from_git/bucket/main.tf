variable "name" {}

variable "key" {}

module "naming" {
  source = "../naming"
  parts  = ["acme", var.name]
}

resource "aws_s3_bucket" "this" {
  bucket = module.naming.name
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    apply_server_side_encryption_by_default {
      kms_master_key_id = var.key
      sse_algorithm     = "aws:kms"
    }
  }
}

output "arn" {
  value = aws_s3_bucket.this.arn
}
