# Collections of one type: what conversion, unification and equality make of nested values.

variable "map_of_sets" {
  type    = map(set(string))
  default = { b = ["y", "x", "y"], a = [] }
}

variable "list_of_maps" {
  type    = list(map(string))
  default = [{ n = 1 }, { b = true, s = "x" }]
}

variable "tuple" {
  type    = tuple([list(string), map(number), object({ x = any })])
  default = [[1, 2], { a = "1" }, { x = ["deep"] }]
}

variable "set_of_lists" {
  type    = set(list(number))
  default = [["1"], [1], [2, 1]]
}

variable "any_map" {
  type    = map(any)
  default = { a = ["x"], b = [] }
}

locals {
  mixed_lists = tolist([["a"], [1, 2]])
  object_list = [{ a = 1, b = "x" }, { a = 2, b = "y" }]
  unified     = tolist(local.object_list)
  from_tuple  = toset([for item in local.object_list : item.a])
  flat        = flatten(values(var.map_of_sets))
  union       = setunion(values(var.map_of_sets)...)
  conditional = length(var.list_of_maps) > 1 ? { a = 1 } : { a = "x" }
  both        = true ? ["a", 1] : [2, "b"]
}

resource "aws_iam_policy" "this" {
  for_each = var.map_of_sets
  name     = each.key
  policy   = jsonencode({ Version = "2012-10-17", Statement = [for action in each.value : { Effect = "Allow", Action = action, Resource = "*" }] })
}

resource "aws_kms_grant" "this" {
  key_id            = "x"
  grantee_principal = "arn:aws:iam::444455556666:role/reader"
  operations        = var.map_of_sets["b"]
}

output "all" {
  value = {
    map_of_sets  = var.map_of_sets
    list_of_maps = var.list_of_maps
    tuple        = var.tuple
    set_of_lists = length(var.set_of_lists)
    any_map      = var.any_map
    mixed_lists  = local.mixed_lists
    unified      = local.unified[*].a
    from_tuple   = local.from_tuple
    flat         = local.flat
    union        = local.union
    conditional  = local.conditional
    both         = local.both
    equal        = [local.unified[0] == local.object_list[0], toset(["a"]) == toset(["a"]), { a = 1 } == { a = 1 }, [] == []]
    contains     = [contains(local.union, "x"), contains([1], "1"), contains(var.map_of_sets["b"], "z")]
    lengths      = [length(local.union), length("héllo"), length({})]
  }
}
