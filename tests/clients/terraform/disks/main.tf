terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}
variable "words" { type = string }
data "alicloud_zones" "z" {
  available_disk_category = "cloud_essd"
}
data "alicloud_instance_types" "small" {
  availability_zone = data.alicloud_zones.z.zones[0].id
  cpu_core_count    = 1
  memory_size       = 1
}
data "alicloud_images" "debian" {
  name_regex  = "^debian"
  owners      = "system"
  most_recent = true
}
resource "alicloud_vpc" "v" {
  vpc_name   = "tf-disks"
  cidr_block = "10.0.0.0/8"
}
resource "alicloud_vswitch" "s" {
  vpc_id     = alicloud_vpc.v.id
  cidr_block = "10.1.0.0/24"
  zone_id    = data.alicloud_zones.z.zones[0].id
}
resource "alicloud_security_group" "g" {
  security_group_name = "tf-disks"
  vpc_id              = alicloud_vpc.v.id
}
resource "alicloud_instance" "i" {
  instance_name        = "tf-disks"
  image_id             = data.alicloud_images.debian.images[0].id
  instance_type        = data.alicloud_instance_types.small.instance_types[0].id
  vswitch_id           = alicloud_vswitch.s.id
  security_groups      = [alicloud_security_group.g.id]
  system_disk_category = "cloud_essd"
}
resource "alicloud_kms_key" "k" {
  description            = "tf-disks"
  pending_window_in_days = 7
}
resource "alicloud_ecs_disk" "sealed" {
  zone_id              = alicloud_vswitch.s.zone_id
  disk_name            = "tf-disks-sealed"
  description          = var.words
  category             = "cloud_essd"
  performance_level    = "PL1"
  size                 = 20
  encrypted            = true
  kms_key_id           = alicloud_kms_key.k.id
  delete_with_instance = false
  tags                 = { team = "red" }
}
resource "alicloud_ecs_disk_attachment" "sealed" {
  disk_id     = alicloud_ecs_disk.sealed.id
  instance_id = alicloud_instance.i.id
}
resource "alicloud_ecs_snapshot" "s" {
  disk_id       = alicloud_ecs_disk_attachment.sealed.disk_id
  snapshot_name = "tf-disks"
  description   = "as it was"
  tags          = { team = "red" }
}
resource "alicloud_ecs_disk" "copy" {
  zone_id     = alicloud_vswitch.s.zone_id
  disk_name   = "tf-disks-copy"
  category    = "cloud_essd"
  size        = 20
  encrypted   = true
  kms_key_id  = alicloud_kms_key.k.id
  snapshot_id = alicloud_ecs_snapshot.s.id
}
data "alicloud_ecs_disks" "d" {
  ids = [alicloud_ecs_disk.sealed.id, alicloud_ecs_disk.copy.id]
}
data "alicloud_ecs_snapshots" "s" {
  ids = [alicloud_ecs_snapshot.s.id]
}
output "encrypted" { value = sort(data.alicloud_ecs_disks.d.disks[*].encrypted) }
output "snapshots" { value = data.alicloud_ecs_snapshots.s.snapshots[*].snapshot_name }
output "device" { value = alicloud_ecs_disk_attachment.sealed.device }
