terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}
variable "words" { type = string }
variable "host" { type = string }
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
  vpc_name   = "tf-templates"
  cidr_block = "10.0.0.0/8"
}
resource "alicloud_vswitch" "s" {
  vpc_id     = alicloud_vpc.v.id
  cidr_block = "10.1.0.0/24"
  zone_id    = data.alicloud_zones.z.zones[0].id
}
resource "alicloud_security_group" "g" {
  security_group_name = "tf-templates"
  vpc_id              = alicloud_vpc.v.id
}
resource "alicloud_ram_role" "r" {
  name     = "tf-templates"
  document = <<EOF
{"Version":"1","Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":["ecs.aliyuncs.com"]}}]}
EOF
}
resource "alicloud_ecs_launch_template" "t" {
  launch_template_name          = "tf-templates"
  version_description           = var.words
  description                   = var.words
  image_id                      = data.alicloud_images.debian.images[0].id
  image_owner_alias             = "system"
  instance_type                 = data.alicloud_instance_types.small.instance_types[0].id
  instance_charge_type          = "PostPaid"
  instance_name                 = "tf-from-template"
  host_name                     = var.host
  internet_charge_type          = "PayByTraffic"
  io_optimized                  = "optimized"
  network_type                  = "vpc"
  ram_role_name                 = alicloud_ram_role.r.name
  security_enhancement_strategy = "Deactive"
  security_group_ids            = [alicloud_security_group.g.id]
  spot_strategy                 = "NoSpot"
  vswitch_id                    = alicloud_vswitch.s.id
  user_data                     = base64encode("#!/bin/sh\necho up\n")
  system_disk {
    category    = "cloud_essd"
    name        = "tf-system"
    description = "the system"
    size        = 40
  }
  data_disks {
    name        = "tf-data"
    description = "the data"
    category    = "cloud_essd"
    size        = 20
    encrypted   = false
  }
  network_interfaces {
    name              = "tf-second"
    description       = "the second"
    security_group_id = alicloud_security_group.g.id
    vswitch_id        = alicloud_vswitch.s.id
  }
  tags          = { made = "by-template" }
  template_tags = { team = "red" }
}
resource "alicloud_ecs_launch_template" "bare" {
  launch_template_name = "tf-bare"
  http_tokens          = "required"
}
resource "alicloud_instance" "i" {
  launch_template_id = alicloud_ecs_launch_template.t.id
  image_id           = data.alicloud_images.debian.images[0].id
  instance_type      = data.alicloud_instance_types.small.instance_types[0].id
  vswitch_id         = alicloud_vswitch.s.id
  security_groups    = [alicloud_security_group.g.id]
  tags               = { made = "by-template" }
}
resource "alicloud_instance" "tokens" {
  launch_template_name = alicloud_ecs_launch_template.bare.launch_template_name
  image_id             = data.alicloud_images.debian.images[0].id
  instance_type        = data.alicloud_instance_types.small.instance_types[0].id
  vswitch_id           = alicloud_vswitch.s.id
  security_groups      = [alicloud_security_group.g.id]
}
resource "alicloud_ecs_instance_set" "s" {
  launch_template_name = alicloud_ecs_launch_template.bare.launch_template_name
  amount               = 2
  image_id             = data.alicloud_images.debian.images[0].id
  instance_type        = data.alicloud_instance_types.small.instance_types[0].id
  instance_name        = "tf-set"
  instance_charge_type = "PostPaid"
  system_disk_category = "cloud_essd"
  security_group_ids   = [alicloud_security_group.g.id]
  vswitch_id           = alicloud_vswitch.s.id
  zone_id              = alicloud_vswitch.s.zone_id
}
data "alicloud_ecs_launch_templates" "d" {
  ids            = [alicloud_ecs_launch_template.t.id]
  enable_details = true
}
output "tokens" { value = alicloud_instance.tokens.http_tokens }
output "host" { value = data.alicloud_ecs_launch_templates.d.templates[0].host_name }
output "latest" { value = data.alicloud_ecs_launch_templates.d.templates[0].latest_version_number }
output "set" { value = length(alicloud_ecs_instance_set.s.instance_ids) }
