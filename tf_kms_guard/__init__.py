"""tf-kms-guard: why another AWS account will get Access Denied on a KMS-encrypted S3 bucket."""

__version__ = "0.1.0"
