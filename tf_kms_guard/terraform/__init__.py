"""What does Terraform say? Syntax, values, evaluation, modules. Knows no S3, no KMS and no policy."""
