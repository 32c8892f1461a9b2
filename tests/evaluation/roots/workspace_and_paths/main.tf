# terraform.workspace, path.*, and files beside the module that reads them.

locals {
  settings = {
    default = { bucket = "acme-default", days = 7 }
    staging = { bucket = "acme-staging", days = 14 }
  }[terraform.workspace]
}

resource "aws_s3_bucket" "this" {
  bucket = local.settings.bucket
  tags = {
    Workspace = terraform.workspace
    Module    = path.module
    Root      = path.root == path.module
    Base      = basename(path.cwd)
  }
}

resource "aws_kms_key" "this" {
  deletion_window_in_days = local.settings.days
  policy                  = file("${path.module}/policies/key.json")
}

resource "aws_iam_policy" "from_files" {
  for_each = fileset("${path.module}/policies", "*.json")

  name   = trimsuffix(each.value, ".json")
  policy = file("policies/${each.value}")
}

module "child" {
  source = "./modules/child"
}

output "child" {
  value = module.child.read
}

output "exists" {
  value = [fileexists("policies/key.json"), fileexists("${path.root}/none"), filesha256("policies/key.json"), filebase64("policies/key.json")]
}
