first  = "tfvars"
second = "tfvars"
third  = { a = [1, 2], b = ["3"] }
