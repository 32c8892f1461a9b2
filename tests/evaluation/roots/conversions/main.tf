# Conversions: between primitive types, lists, sets, maps and tuples, by constraint, by function and by argument.

provider "aws" {
  region = "eu-west-1"
}

variable "number_from_text" {
  type    = number
  default = "30"
}

variable "text_from_number" {
  type    = string
  default = 1.50
}

variable "text_from_bool" {
  type    = string
  default = true
}

variable "bool_from_text" {
  type    = bool
  default = "true"
}

variable "set_from_list" {
  type    = set(string)
  default = ["b", "a", "c", "a"]
}

variable "list_from_set" {
  type    = list(number)
  default = ["10", 9, "8"]
}

variable "map_of_text" {
  type    = map(string)
  default = { a = 1, b = true, c = "three" }
}

variable "set_of_objects" {
  type    = set(object({ n = number, s = string }))
  default = [{ n = "2", s = 5 }, { n = 1, s = "x" }, { n = 2, s = "5" }]
}

locals {
  listed = tolist(var.set_from_list)
  mixed  = tolist(["a", 1, true])
  mapped = tomap({ a = 1, b = "2" })
  unique = toset([3, 1, 2, 3])
  turned = { for key, value in local.mapped : upper(key) => tonumber(value) * 2 }
}

resource "aws_kms_key" "this" {
  description             = var.text_from_number
  deletion_window_in_days = var.text_from_number == "1.5" ? var.number_from_text : 7
  enable_key_rotation     = var.text_from_bool
  is_enabled              = "true"
  multi_region            = tostring(var.bool_from_text)
  rotation_period_in_days = var.number_from_text + 60
  tags = merge(var.map_of_text, {
    Listed = join(",", local.listed)
    Mixed  = join(",", local.mixed)
    Unique = join(",", [for n in local.unique : n + 0.5])
    Turned = jsonencode(local.turned)
    Number = 12345678901234567890
    Tiny   = 1e-7
    Float  = 0.1 + 0.2
    Div    = 10 / 4
    Mod    = -7 % 3
  })
}

resource "aws_s3_bucket" "this" {
  for_each = var.set_from_list
  bucket   = "acme-${each.value}-${each.key}"
}

output "everything" {
  value = {
    set_of_objects = var.set_of_objects
    list_from_set  = var.list_from_set
    listed         = local.listed
    mixed          = local.mixed
    mapped         = local.mapped
    unique         = local.unique
    equal          = [1 == "1", tostring(1) == "1", [1] == ["1"], tolist([1]) == tolist(["1"]), null == null, "a" == null]
    set_element    = sort(var.set_from_list)[0]
    tonumber       = [tonumber("0x1F" == "" ? "1" : "31"), tonumber(null)]
    tobool         = tobool("false")
    one            = one(toset(["only"]))
    none           = one([])
  }
}
