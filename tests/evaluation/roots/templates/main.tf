# templatefile, templatestring, heredocs, directives, white space markers and escapes.

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

variable "readers" {
  default = { a = "arn:aws:iam::444455556666:role/a", b = "arn:aws:iam::444455556666:role/b" }
}

resource "aws_s3_bucket" "this" {
  bucket = "acme-templates"
}

resource "aws_s3_bucket_policy" "file" {
  bucket = aws_s3_bucket.this.id
  policy = templatefile("${path.module}/policy.tftpl", {
    bucket  = aws_s3_bucket.this.arn
    readers = var.readers
    deny    = true
  })
}

resource "aws_kms_key" "heredoc" {
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        %{~for name, arn in var.readers~}
        {
          "Sid": "${title(name)}",
          "Effect": "Allow",
          "Action": ["kms:Decrypt"%{if name == "b"}, "kms:GenerateDataKey"%{endif}],
          "Resource": "*",
          "Principal": {"AWS": "${arn}"},
          "Condition": {"StringEquals": {"aws:username": "$${aws:username}", "x": "%%{y}"}}
        },
        %{~endfor~}
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": "111122223333"}}
      ]
    }
  EOT
}

resource "aws_iam_policy" "string" {
  name   = "string"
  policy = templatestring(local.template, { resources = aws_s3_bucket.this[*].arn })
}

locals {
  template = <<EOF
{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": $${jsonencode([for r in resources : "$${r}/*"])}}]}
EOF

  plain = <<EOT
  two spaces
    four "quotes" \n no escape
	tab
EOT

  indented = <<-EOT
      six
        eight ${"in"}terpolated

    four
  EOT

  directives = "%{if length(var.readers) > 1}many%{else}few%{endif} %{for k, v in var.readers}${k};%{endfor}"
  trimmed    = "a ${~"b"~} c   ${~"d"} e"
}

output "texts" {
  value = [local.template, local.plain, local.indented, local.directives, local.trimmed]
}
