terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}

variable "name" {}

# Of each kind as many as Terraform makes at once, over the provider's older SDK and its newer one.
variable "each" { default = 10 }

variable "keys" { default = 4 }

provider "alicloud" {}

resource "alicloud_ram_user" "one" {
  count = var.each
  name  = "${var.name}-${count.index}"
  force = true
}

resource "alicloud_ram_group" "one" {
  count = var.each
  name  = "${var.name}-${count.index}"
  force = true
}

resource "alicloud_ram_group_membership" "one" {
  count      = var.each
  group_name = alicloud_ram_group.one[count.index].name
  user_names = [alicloud_ram_user.one[count.index].name]
}

resource "alicloud_ram_policy" "one" {
  count       = var.each
  policy_name = "${var.name}-${count.index}"
  policy_document = jsonencode({
    Version   = "1"
    Statement = [{ Effect = "Allow", Action = "ram:GetUser", Resource = "*" }]
  })
  force = true
}

resource "alicloud_ram_user_policy_attachment" "one" {
  count       = var.each
  user_name   = alicloud_ram_user.one[count.index].name
  policy_name = alicloud_ram_policy.one[count.index].policy_name
  policy_type = "Custom"
}

resource "alicloud_kms_key" "one" {
  count                  = var.keys
  description            = "${var.name}-${count.index}"
  pending_window_in_days = 7
}

data "alicloud_caller_identity" "me" {
  count = var.each
}

output "callers" { value = toset(data.alicloud_caller_identity.me[*].arn) }
