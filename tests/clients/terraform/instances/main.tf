terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}
variable "words" { type = string }
variable "kind" { type = string }
variable "tokens" { type = string }
variable "group" { type = number }
data "alicloud_zones" "z" {
  available_resource_creation = "VSwitch"
  available_disk_category     = "cloud_essd"
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
  vpc_name   = "tf-instances"
  cidr_block = "10.0.0.0/8"
}
resource "alicloud_vswitch" "s" {
  vpc_id     = alicloud_vpc.v.id
  cidr_block = "10.1.0.0/24"
  zone_id    = data.alicloud_zones.z.zones[0].id
}
resource "alicloud_security_group" "g" {
  count               = 2
  security_group_name = "tf-web-${count.index}"
  vpc_id              = alicloud_vpc.v.id
}
resource "alicloud_ram_role" "r" {
  name     = "tf-web"
  document = <<EOF
{"Version":"1","Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":["ecs.aliyuncs.com"]}}]}
EOF
}
resource "alicloud_ecs_key_pair" "k" {
  key_pair_name = "tf-pair"
}
resource "alicloud_instance" "web" {
  count                      = 2
  instance_name              = "tf-web-${count.index}"
  host_name                  = "web-${count.index}"
  description                = var.words
  image_id                   = data.alicloud_images.debian.images[0].id
  instance_type              = coalesce(var.kind, data.alicloud_instance_types.small.instance_types[0].id)
  vswitch_id                 = alicloud_vswitch.s.id
  security_groups            = slice(alicloud_security_group.g[*].id, 0, var.group + 1)
  role_name                  = alicloud_ram_role.r.name
  key_name                   = alicloud_ecs_key_pair.k.key_pair_name
  system_disk_category       = "cloud_essd"
  system_disk_size           = 40
  internet_max_bandwidth_out = 0
  user_data                  = "#!/bin/sh\necho up\n"
  http_tokens                = var.tokens
  http_endpoint              = "enabled"
  data_disks {
    name     = "tf-data"
    category = "cloud_essd"
    size     = 20
  }
  tags = { Environment = "dev" }
}
resource "alicloud_ecs_disk" "d" {
  zone_id     = alicloud_vswitch.s.zone_id
  disk_name   = "tf-disk"
  category    = "cloud_essd"
  size        = 30
  description = var.words
  encrypted   = true
}
resource "alicloud_ecs_disk_attachment" "a" {
  disk_id     = alicloud_ecs_disk.d.id
  instance_id = alicloud_instance.web[0].id
}
resource "alicloud_ecs_network_interface" "n" {
  network_interface_name = "tf-card"
  vswitch_id             = alicloud_vswitch.s.id
  security_group_ids     = [alicloud_security_group.g[var.group].id]
  description            = var.words
}
resource "alicloud_ecs_network_interface_attachment" "a" {
  instance_id          = alicloud_instance.web[1].id
  network_interface_id = alicloud_ecs_network_interface.n.id
}
output "states" { value = alicloud_instance.web[*].status }
