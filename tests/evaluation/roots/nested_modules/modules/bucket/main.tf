variable "name" {
  type = string
}

resource "aws_s3_bucket" "this" {
  bucket = var.name
}

module "key" {
  source = "../key"
  count  = startswith(var.name, "blue") ? 1 : 0
  alias  = aws_s3_bucket.this.id
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = length(module.key) > 0 ? "aws:kms" : "AES256"
      kms_master_key_id = try(module.key[0].arn, null)
    }
  }
}

output "arn" {
  value = aws_s3_bucket.this.arn
}

output "name" {
  value = aws_s3_bucket.this.bucket
}
