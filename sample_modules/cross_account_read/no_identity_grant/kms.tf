resource "aws_kms_key" "data" {
  description             = "Objects of the shared data bucket"
  deletion_window_in_days = 30

  policy = <<EOT
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Let the owner account administer the key",
      "Effect": "Allow",
      "Principal": { "AWS": "arn:aws:iam::111122223333:root" },
      "Action": "kms:*",
      "Resource": "*"
    },
    {
      "Sid": "Let the reader decrypt",
      "Effect": "Allow",
      "Principal": { "AWS": "${aws_iam_role.reader.arn}" },
      "Action": "kms:Decrypt",
      "Resource": "*"
    }
  ]
}
EOT
}
