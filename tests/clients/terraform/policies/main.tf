terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}
variable "hours" { type = string }
data "alicloud_zones" "z" {
  available_resource_creation = "VSwitch"
  available_disk_category     = "cloud_essd"
}
resource "alicloud_ecs_disk" "d" {
  disk_name = "tf-policies"
  zone_id   = data.alicloud_zones.z.zones[0].id
  category  = "cloud_essd"
  size      = 20
}
resource "alicloud_ecs_auto_snapshot_policy" "p" {
  name            = "tf-policies"
  repeat_weekdays = ["1", "7"]
  retention_days  = 7
  time_points     = split(",", var.hours)
  tags            = { team = "a" }
}
resource "alicloud_ecs_auto_snapshot_policy_attachment" "a" {
  auto_snapshot_policy_id = alicloud_ecs_auto_snapshot_policy.p.id
  disk_id                 = alicloud_ecs_disk.d.id
}
data "alicloud_ecs_auto_snapshot_policies" "found" {
  ids        = [alicloud_ecs_auto_snapshot_policy.p.id]
  depends_on = [alicloud_ecs_auto_snapshot_policy_attachment.a]
}
output "found" {
  value = [for p in data.alicloud_ecs_auto_snapshot_policies.found.policies : [p.name, p.retention_days, p.disk_nums, p.status]]
}
