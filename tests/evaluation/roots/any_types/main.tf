# `any`, list(any) and map(any): elements of one type, nulls, whatever the value was.

variable "anything" {
  type    = any
  default = { list = [1, "two", null], nested = { deep = { deeper = ["x"] } } }
}

variable "list_of_any" {
  type    = list(any)
  default = [1, "two", true]
}

variable "map_of_any" {
  type    = map(any)
  default = { a = "1", b = 2 }
}

variable "untyped" {
  default = { statements = [{ Effect = "Allow", Action = ["s3:GetObject"] }, { Effect = "Deny", Action = "s3:*" }] }
}

variable "maps" {
  type    = list(map(any))
  default = [{ a = "x" }, { b = "y", c = "z" }]
}

resource "aws_iam_policy" "this" {
  name = "from-anything"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for number, statement in var.untyped.statements : merge(statement, {
        Sid      = "S${number}${var.list_of_any[number]}"
        Resource = [for name in var.anything.nested.deep.deeper : "arn:aws:s3:::${name}"]
      })
    ]
  })
}

resource "aws_iam_policy" "listed" {
  name   = "listed"
  policy = jsonencode([var.anything, var.list_of_any, var.map_of_any, var.maps, try(var.anything.missing, "none")])
}

output "maps" {
  value = merge(var.maps...)
}

output "kinds" {
  value = [for item in [var.anything, var.list_of_any, var.map_of_any] : can(item[0])]
}
