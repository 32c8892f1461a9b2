output "bucket" {
  description = "Where the shared objects lie"
  value       = aws_s3_bucket.data.bucket
}

output "key_arn" {
  description = "The key, in the only form that works from another account"
  value       = aws_kms_key.data.arn
}
