terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
variable "role" {}

provider "alicloud" {
  assume_role {
    role_arn     = var.role
    session_name = "terraform"
  }
}
data "alicloud_caller_identity" "me" {}
output "caller" { value = data.alicloud_caller_identity.me.arn }
output "kind" { value = data.alicloud_caller_identity.me.identity_type }

resource "alicloud_ram_group" "denied" {
  name = "not-to-be"
}
