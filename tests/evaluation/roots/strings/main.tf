# Texts put together: concatenation, format, escapes, Unicode, and ARNs taken apart.

provider "aws" {
  region              = "us-gov-west-1"
  allowed_account_ids = ["111122223333"]
}

data "aws_caller_identity" "this" {}

resource "aws_iam_role" "this" {
  name               = "reader"
  path               = "/team/data/"
  assume_role_policy = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{\"AWS\":\"${data.aws_caller_identity.this.account_id}\"}}]}"
}

locals {
  arn   = split(":", aws_iam_role.this.arn)
  parts = { partition = local.arn[1], account = local.arn[4], name = element(split("/", aws_iam_role.this.arn), length(split("/", aws_iam_role.this.arn)) - 1) }
  statement = join("", [
    "{\"Sid\":\"Joined\",\"Effect\":\"Allow\",",
    "\"Action\":", jsonencode(["kms:Decrypt"]), ",",
    format("\"Resource\":%q,\"Principal\":{\"AWS\":\"%s\"}}", "*", aws_iam_role.this.arn),
  ])
}

resource "aws_kms_key" "this" {
  description = "Schlüssel für »Größe« \u4e16\U0001F600 \t\\ \"${local.parts.name}\" $${x} %%{y} $x %y"
  policy      = "{\"Version\":\"2012-10-17\",\"Statement\":[${local.statement}]}"
}

output "texts" {
  value = {
    parts   = local.parts
    format  = format("%s|%5d|%-5s|%05.1f|%v|%t|%x|%q|%%", "a", 42, "b", 3.14159, [1, "x"], true, 255, "q\"")
    list    = formatlist("%s/%s", ["a", "b"], "x")
    title   = title("hello wörld")
    cut     = [substr("grüße", 2, 2), substr("abc", -2, -1), strrev("grüße"), length("👍🏽"), chomp("x\n\n"), indent(2, "a\nb")]
    trims   = [trim("xxaxx", "x"), trimprefix("abc", "a"), trimsuffix("abc", "c"), trimspace(" \ta\n")]
    case    = [upper("straße"), lower("ÄÖ")]
    joined  = join(", ", concat(["a"], [], ["b"]))
    search  = [startswith("abc", "ab"), endswith("abc", "bc"), strcontains("abc", "b"), index(["a", "b"], "b"), contains(["a"], "b")]
    regex   = [regex("(\\w+)/(\\w+)", "a/b"), regexall("[a-z]", "a1b"), regex("(?P<x>\\d+)", "a12")]
    encoded = [base64encode("grüße"), urlencode("a b/ü"), sha256("x"), base64decode("eA=="), jsonencode("<&>"), textencodebase64("x", "UTF-16LE")]
    numbers = [1.0, 1.10, 100000000000000000000, 0.1, 1 / 3, 1e10, -0.5]
    as_text = ["${1.0}", "${1.10}", "${100000000000000000000}", "${1 / 3}", "${1e10}", "${- 0.5}", "${true}"]
  }
}
