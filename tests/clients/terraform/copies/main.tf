terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}
variable "words" { type = string }
variable "other_account" { type = string }
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
  vpc_name   = "tf-copies"
  cidr_block = "10.0.0.0/8"
}
resource "alicloud_vswitch" "s" {
  vpc_id     = alicloud_vpc.v.id
  cidr_block = "10.2.0.0/24"
  zone_id    = data.alicloud_zones.z.zones[0].id
}
resource "alicloud_security_group" "g" {
  security_group_name = "tf-copies"
  vpc_id              = alicloud_vpc.v.id
}
resource "alicloud_instance" "first" {
  instance_name        = "tf-first"
  image_id             = data.alicloud_images.debian.images[0].id
  instance_type        = "ecs.s6-c1m1.small"
  vswitch_id           = alicloud_vswitch.s.id
  security_groups      = [alicloud_security_group.g.id]
  system_disk_category = "cloud_essd"
  system_disk_size     = 40
  lifecycle { ignore_changes = [data_disks] }
}
resource "alicloud_image" "golden" {
  image_name           = "tf-source"
  instance_id          = alicloud_instance.first.id
  delete_auto_snapshot = true
  force                = true
}
resource "alicloud_image_copy" "copy" {
  source_image_id      = alicloud_image.golden.id
  source_region_id     = "cn-hangzhou"
  image_name           = "tf-copy"
  description          = var.words
  encrypted            = true
  delete_auto_snapshot = true
  force                = true
  tags                 = { team = "a" }
}
resource "alicloud_image_share_permission" "shared" {
  image_id   = alicloud_image.golden.id
  account_id = var.other_account
}
