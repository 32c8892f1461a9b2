resource "aws_kms_key" "data" {
  provider = aws.storage

  description         = "Objects of the shared data bucket"
  enable_key_rotation = true
}

resource "aws_kms_key_policy" "data" {
  provider = aws.storage

  key_id = aws_kms_key.data.key_id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Let the owner account administer the key"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::111122223333:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "Let the reader decrypt"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.reader.arn }
        Action    = ["kms:Decrypt", "kms:DescribeKey"]
        Resource  = "*"
      },
    ]
  })
}
