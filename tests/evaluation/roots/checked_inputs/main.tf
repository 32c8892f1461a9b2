# Validations, preconditions, depends_on and lifecycle arguments are tolerated; provisioners are not run by us.

variable "account" {
  type    = string
  default = "444455556666"
  validation {
    condition     = can(regex("^\\d{12}$", var.account))
    error_message = "An account id has 12 digits."
  }
}

resource "aws_s3_bucket" "this" {
  bucket = "acme-checked"

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [tags, tags["x"]]
    precondition {
      condition     = var.account != "111122223333"
      error_message = "Not the own account."
    }
  }

  timeouts {
    create = "10m"
  }
}

resource "terraform_data" "after" {
  triggers_replace = [aws_s3_bucket.this.id]
  depends_on       = [aws_s3_bucket.this]

  provisioner "local-exec" {
    command = "true ${self.id}"
  }
}

data "aws_iam_policy_document" "this" {
  depends_on = [terraform_data.after]

  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.this.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = [var.account]
    }
  }

  lifecycle {
    postcondition {
      condition     = strcontains(self.json, var.account)
      error_message = "The account is missing."
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket     = aws_s3_bucket.this.id
  policy     = data.aws_iam_policy_document.this.json
  depends_on = [aws_s3_bucket.this]
}

output "policy" {
  value = data.aws_iam_policy_document.this.json
  precondition {
    condition     = length(data.aws_iam_policy_document.this.json) > 10
    error_message = "Too short."
  }
}
