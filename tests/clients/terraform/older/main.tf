terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}
variable "words" { type = string }
data "alicloud_images" "debian" {
  name_regex  = "^debian"
  owners      = "system"
  most_recent = true
}
data "alicloud_zones" "z" {
  available_disk_category = "cloud_essd"
}
resource "alicloud_vpc" "v" {
  vpc_name   = "tf-older"
  cidr_block = "10.0.0.0/8"
}
resource "alicloud_vswitch" "s" {
  vpc_id     = alicloud_vpc.v.id
  cidr_block = "10.1.0.0/24"
  zone_id    = data.alicloud_zones.z.zones[0].id
}
resource "alicloud_security_group" "g" {
  security_group_name = "tf-older"
  vpc_id              = alicloud_vpc.v.id
}
resource "alicloud_launch_template" "t" {
  name              = "tf-older"
  description       = var.words
  image_id          = data.alicloud_images.debian.images[0].id
  instance_type     = "ecs.c6.large"
  security_group_id = alicloud_security_group.g.id
  vswitch_id        = alicloud_vswitch.s.id
}
resource "alicloud_instance" "i" {
  image_id             = data.alicloud_images.debian.images[0].id
  instance_type        = "ecs.c6.large"
  vswitch_id           = alicloud_vswitch.s.id
  security_groups      = [alicloud_security_group.g.id]
  system_disk_category = "cloud_essd"
}
resource "alicloud_disk" "d" {
  availability_zone = alicloud_vswitch.s.zone_id
  name              = "tf-older"
  description       = var.words
  category          = "cloud_essd"
  size              = 20
}
resource "alicloud_disk_attachment" "a" {
  disk_id     = alicloud_disk.d.id
  instance_id = alicloud_instance.i.id
}
resource "alicloud_snapshot" "s" {
  disk_id = alicloud_disk_attachment.a.disk_id
  name    = "tf-older"
}
resource "alicloud_key_pair" "k" {
  key_pair_name = "tf-older"
}
resource "alicloud_key_pair_attachment" "a" {
  key_pair_name = alicloud_key_pair.k.key_pair_name
  instance_ids  = [alicloud_instance.i.id]
}
resource "alicloud_network_interface" "n" {
  network_interface_name = "tf-older"
  vswitch_id             = alicloud_vswitch.s.id
  security_group_ids     = [alicloud_security_group.g.id]
  description            = var.words
}
resource "alicloud_network_interface_attachment" "a" {
  instance_id          = alicloud_instance.i.id
  network_interface_id = alicloud_network_interface.n.id
}
resource "alicloud_eip" "e" {
  address_name = "tf-older"
}
resource "alicloud_eip_association" "e" {
  allocation_id = alicloud_eip.e.id
  instance_id   = alicloud_instance.i.id
}
resource "alicloud_ram_role" "r" {
  name     = "tf-older"
  document = <<EOF
{"Version":"1","Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":["ecs.aliyuncs.com"]}}]}
EOF
}
resource "alicloud_ram_role_attachment" "r" {
  role_name    = alicloud_ram_role.r.name
  instance_ids = [alicloud_instance.i.id]
}
resource "alicloud_network_acl" "acl" {
  vpc_id           = alicloud_vpc.v.id
  network_acl_name = "tf-older"
}
resource "alicloud_network_acl_attachment" "a" {
  network_acl_id = alicloud_network_acl.acl.id
  resources {
    resource_id   = alicloud_vswitch.s.id
    resource_type = "VSwitch"
  }
}
data "alicloud_disks" "d" {
  ids = [alicloud_disk.d.id]
}
data "alicloud_snapshots" "d" {
  ids = [alicloud_snapshot.s.id]
}
data "alicloud_key_pairs" "d" {
  ids = [alicloud_key_pair.k.id]
}
data "alicloud_network_interfaces" "d" {
  ids = [alicloud_network_interface.n.id]
}
data "alicloud_eips" "d" {
  ids = [alicloud_eip.e.id]
}
output "found" {
  value = {
    disks      = data.alicloud_disks.d.disks[*].name
    snapshots  = data.alicloud_snapshots.d.snapshots[*].name
    keys       = data.alicloud_key_pairs.d.names
    interfaces = data.alicloud_network_interfaces.d.interfaces[*].network_interface_name
    eips       = data.alicloud_eips.d.names
  }
}
