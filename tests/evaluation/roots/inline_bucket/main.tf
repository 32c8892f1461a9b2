# Buckets as they were written before provider 4, with all their nested blocks.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

variable "destinations" {
  default = ["arn:aws:s3:::acme-copy"]
}

resource "aws_kms_key" "this" {}

resource "aws_iam_role" "replication" {
  name_prefix        = "replication-"
  assume_role_policy = "{}"
}

resource "aws_s3_bucket" "this" {
  bucket_prefix = "acme-inline-"
  acl           = "private"
  policy        = jsonencode({ Version = "2012-10-17", Statement = [] })

  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        kms_master_key_id = aws_kms_key.this.arn
        sse_algorithm     = "aws:kms"
      }
      bucket_key_enabled = true
    }
  }

  versioning {
    enabled = true
  }

  replication_configuration {
    role = aws_iam_role.replication.arn
    dynamic "rules" {
      for_each = var.destinations
      content {
        id     = "rule-${rules.key}"
        status = "Enabled"
        source_selection_criteria {
          sse_kms_encrypted_objects {
            enabled = true
          }
        }
        destination {
          bucket             = rules.value
          account_id         = "444455556666"
          replica_kms_key_id = "arn:aws:kms:eu-west-1:444455556666:key/${aws_kms_key.this.key_id}"
          access_control_translation {
            owner = "Destination"
          }
        }
      }
    }
  }

  logging {
    target_bucket = "acme-logs"
  }
}

resource "aws_s3_bucket" "generated" {}

output "inline" {
  value = [aws_s3_bucket.this.versioning[0].enabled, aws_s3_bucket.this.bucket_domain_name, aws_s3_bucket.this.server_side_encryption_configuration[0].rule[*].bucket_key_enabled]
}
