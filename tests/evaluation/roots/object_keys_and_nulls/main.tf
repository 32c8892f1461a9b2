# Keys of every form, nulls in objects and lists, and what jsonencode makes of them.

variable "team" {
  default = "blue"
}

variable "condition" {
  type    = map(any)
  default = null
}

variable "settings" {
  type = list(object({
    name  = string
    value = optional(string)
    deep  = optional(list(object({ n = optional(number, 1) })), [{}, { n = null }, { n = 3 }])
  }))
  default = [{ name = "a" }, { name = "b", value = 5 }]
}

locals {
  key  = "computed"
  keys = { 1 = "one", (local.key) = 2, "${local.key}-x" = 3, plain = 4, "quoted key" = 5, true = 6, null_value = null }
  statement = {
    Sid       = "Nulls"
    Effect    = "Allow"
    Action    = ["s3:GetObject", null]
    Resource  = "*"
    Condition = var.condition
  }
  without_nulls = { for key, value in local.statement : key => value if value != null }
  overlaid      = merge({ a = 1, b = null }, { b = 2, c = null }, [{ d = 3 }]...)
  duplicates    = { for setting in var.settings : setting.name => coalesce(setting.value, "none") }
  by_number     = { for number in range(3) : number => number * number }
  nested        = { for outer in ["a", "b"] : outer => { for inner in ["x", "y"] : "${outer}${inner}" => upper(inner) if outer != "b" || inner == "y" } }
}

resource "aws_iam_policy" "this" {
  name = "nulls"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [local.statement, local.without_nulls]
  })
  tags = { for key, value in local.keys : "k-${key}" => tostring(value) if value != null }
}

resource "aws_iam_policy" "concat" {
  name = "concat"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for action in ["Get", "Put"] : { Effect = "Allow", Action = "s3:${action}Object", Resource = "*" }],
      var.team == "blue" ? [{ Effect = "Deny", Action = "s3:*", Resource = "*", Condition = { Bool = { "aws:SecureTransport" = "false" } } }] : [],
      var.team == "red" ? [{ Effect = "Allow", Action = "*", Resource = "*" }] : [],
    )
  })
}

output "all" {
  value = {
    keys       = local.keys
    overlaid   = local.overlaid
    duplicates = local.duplicates
    by_number  = local.by_number
    nested     = local.nested
    settings   = var.settings
    lookups    = [lookup(local.keys, "none", null), lookup(local.keys, "plain", "x"), local.keys["1"], local.keys[1], local.keys["quoted key"], try(local.keys.plain, 0)]
    encoded    = jsonencode({ n = null, l = [null], t = 1.50, b = 12345678901234567890, e = 1e-7, s = "\u0001\t<>" })
    index      = [for i, v in ["a", "b"] : { (v) = i }]
  }
}
