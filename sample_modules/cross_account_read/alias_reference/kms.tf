locals {
  key_statements = {
    "Let the owner account administer the key" = {
      principal = "arn:aws:iam::111122223333:root"
      actions   = ["kms:*"]
    }
    "Let the writer encrypt and decrypt the parts of large uploads" = {
      principal = aws_iam_role.writer.arn
      actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
    }
  }
}

resource "aws_kms_key" "data" {
  description         = "Objects of the shared data bucket"
  enable_key_rotation = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for sid, statement in local.key_statements : {
        Sid       = sid
        Effect    = "Allow"
        Principal = { AWS = statement.principal }
        Action    = statement.actions
        Resource  = "*"
      }
    ]
  })
}

resource "aws_kms_alias" "data" {
  name          = "alias/shared-data"
  target_key_id = aws_kms_key.data.key_id
}
