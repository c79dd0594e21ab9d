terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}
variable "words" { type = string }
variable "size" { type = number }
data "alicloud_zones" "z" {
  available_resource_creation = "VSwitch"
  available_disk_category     = "cloud_essd"
}
data "alicloud_images" "debian" {
  name_regex  = "^debian"
  owners      = "system"
  most_recent = true
}
resource "alicloud_vpc" "v" {
  vpc_name   = "tf-images"
  cidr_block = "10.0.0.0/8"
}
resource "alicloud_vswitch" "s" {
  vpc_id     = alicloud_vpc.v.id
  cidr_block = "10.2.0.0/24"
  zone_id    = data.alicloud_zones.z.zones[0].id
}
resource "alicloud_security_group" "g" {
  security_group_name = "tf-images"
  vpc_id              = alicloud_vpc.v.id
}
resource "alicloud_instance" "first" {
  instance_name        = "tf-first"
  image_id             = data.alicloud_images.debian.images[0].id
  instance_type        = "ecs.s6-c1m1.small"
  vswitch_id           = alicloud_vswitch.s.id
  security_groups      = [alicloud_security_group.g.id]
  system_disk_category = "cloud_essd"
  system_disk_size     = var.size
  lifecycle { ignore_changes = [data_disks] }
}
resource "alicloud_image" "golden" {
  image_name           = "tf-golden"
  image_family         = "tf-web"
  description          = var.words
  instance_id          = alicloud_instance.first.id
  delete_auto_snapshot = true
  force                = true
  tags                 = { team = "a" }
}
resource "alicloud_ecs_snapshot_group" "both" {
  instance_id         = alicloud_instance.first.id
  snapshot_group_name = "tf-group"
  description         = var.words
  tags                = { team = "a" }
  depends_on          = [alicloud_image.golden]
}
data "alicloud_images" "own" {
  owners     = "self"
  name_regex = "^tf-"
  depends_on = [alicloud_image.golden]
}
resource "alicloud_instance" "second" {
  instance_name        = "tf-second"
  image_id             = alicloud_image.golden.id
  instance_type        = "ecs.s6-c1m1.small"
  vswitch_id           = alicloud_vswitch.s.id
  security_groups      = [alicloud_security_group.g.id]
  system_disk_category = "cloud_essd"
  system_disk_size     = 60
}
output "own" {
  value = [for i in data.alicloud_images.own.images : [i.name, i.image_owner_alias, i.size, i.disk_device_mappings[0].device]]
}
