terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}

data "alicloud_zones" "all" {
  available_resource_creation = "VSwitch"
}
data "alicloud_instance_types" "small" {
  availability_zone = data.alicloud_zones.all.zones[0].id
  cpu_core_count    = 1
  memory_size       = 1
}
data "alicloud_images" "debian" {
  name_regex  = "^debian"
  most_recent = true
  owners      = "system"
}

resource "alicloud_vpc" "app" {
  vpc_name   = "tf-app"
  cidr_block = "10.20.0.0/16"
}
resource "alicloud_vswitch" "web" {
  vpc_id       = alicloud_vpc.app.id
  vswitch_name = "tf-web"
  cidr_block   = "10.20.1.0/24"
  zone_id      = data.alicloud_zones.all.zones[0].id
}
resource "alicloud_vswitch" "db" {
  vpc_id       = alicloud_vpc.app.id
  vswitch_name = "tf-db"
  cidr_block   = "10.20.2.0/24"
  zone_id      = data.alicloud_zones.all.zones[0].id
}

resource "alicloud_security_group" "web" {
  security_group_name = "tf-web"
  vpc_id              = alicloud_vpc.app.id
  inner_access_policy = "Drop"
}
resource "alicloud_security_group" "db" {
  security_group_name = "tf-db"
  vpc_id              = alicloud_vpc.app.id
  inner_access_policy = "Drop"
}
resource "alicloud_security_group_rule" "https" {
  type              = "ingress"
  ip_protocol       = "tcp"
  port_range        = "443/443"
  cidr_ip           = "0.0.0.0/0"
  security_group_id = alicloud_security_group.web.id
}
resource "alicloud_security_group_rule" "postgresql" {
  type                     = "ingress"
  ip_protocol              = "tcp"
  port_range               = "5432/5432"
  source_security_group_id = alicloud_security_group.web.id
  security_group_id        = alicloud_security_group.db.id
}

resource "alicloud_network_acl" "db" {
  vpc_id           = alicloud_vpc.app.id
  network_acl_name = "tf-db"
  ingress_acl_entries {
    network_acl_entry_name = "postgresql"
    policy                 = "accept"
    port                   = "5432/5432"
    protocol               = "tcp"
    source_cidr_ip         = "10.20.1.0/24"
  }
  egress_acl_entries {
    network_acl_entry_name = "answers"
    policy                 = "accept"
    port                   = "1024/65535"
    protocol               = "tcp"
    destination_cidr_ip    = "10.20.1.0/24"
  }
  resources {
    resource_id   = alicloud_vswitch.db.id
    resource_type = "VSwitch"
  }
}

resource "alicloud_ram_role" "web" {
  name     = "tf-web"
  document = <<-DOCUMENT
    {
      "Version": "1",
      "Statement": [{
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": { "Service": ["ecs.aliyuncs.com"] }
      }]
    }
  DOCUMENT
}
resource "alicloud_instance" "web" {
  instance_name              = "tf-web"
  image_id                   = data.alicloud_images.debian.images[0].id
  instance_type              = data.alicloud_instance_types.small.instance_types[0].id
  security_groups            = [alicloud_security_group.web.id]
  vswitch_id                 = alicloud_vswitch.web.id
  role_name                  = alicloud_ram_role.web.name
  internet_max_bandwidth_out = 0
  user_data                  = base64encode("#!/bin/sh\necho web\n")
  tags                       = { tier = "web" }
}
resource "alicloud_instance" "db" {
  instance_name              = "tf-db"
  image_id                   = data.alicloud_images.debian.images[0].id
  instance_type              = data.alicloud_instance_types.small.instance_types[0].id
  security_groups            = [alicloud_security_group.db.id]
  vswitch_id                 = alicloud_vswitch.db.id
  internet_max_bandwidth_out = 0
  tags                       = { tier = "db" }
}

resource "alicloud_eip_address" "web" {
  address_name         = "tf-web"
  bandwidth            = "5"
  internet_charge_type = "PayByTraffic"
}
resource "alicloud_eip_association" "web" {
  allocation_id = alicloud_eip_address.web.id
  instance_id   = alicloud_instance.web.id
}

output "web" {
  value = alicloud_instance.web.id
}
output "db" {
  value = alicloud_instance.db.id
}
output "db_address" {
  value = alicloud_instance.db.primary_ip_address
}
output "eip" {
  value = alicloud_eip_address.web.ip_address
}
