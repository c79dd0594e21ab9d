terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}
variable "words" { type = string }
variable "port" { type = string }
resource "alicloud_vpc" "v" {
  vpc_name    = "tf-networks"
  cidr_block  = "10.0.0.0/8"
  description = var.words
  tags        = { tier = "all" }
}
resource "alicloud_vpc_ipv4_cidr_block" "more" {
  vpc_id               = alicloud_vpc.v.id
  secondary_cidr_block = "192.168.0.0/16"
}
resource "alicloud_vswitch" "web" {
  vswitch_name = "tf-web"
  description  = var.words
  vpc_id       = alicloud_vpc.v.id
  cidr_block   = "10.1.0.0/24"
  zone_id      = "cn-hangzhou-h"
  tags         = { tier = "web" }
}
resource "alicloud_vswitch" "db" {
  vswitch_name = "tf-db"
  vpc_id       = alicloud_vpc.v.id
  cidr_block   = "10.2.0.0/24"
  zone_id      = "cn-hangzhou-i"
}
resource "alicloud_route_table" "out" {
  route_table_name = "tf-out"
  description      = var.words
  vpc_id           = alicloud_vpc.v.id
  tags             = { tier = "web" }
}
resource "alicloud_route_table_attachment" "web" {
  vswitch_id     = alicloud_vswitch.web.id
  route_table_id = alicloud_route_table.out.id
}
resource "alicloud_nat_gateway" "nat" {
  nat_gateway_name = "tf-nat"
  vpc_id           = alicloud_vpc.v.id
  vswitch_id       = alicloud_vswitch.db.id
  nat_type         = "Enhanced"
  payment_type     = "PayAsYouGo"
}
resource "alicloud_route_entry" "out" {
  route_table_id        = alicloud_route_table.out.id
  destination_cidrblock = "0.0.0.0/0"
  nexthop_type          = "NatGateway"
  nexthop_id            = alicloud_nat_gateway.nat.id
  name                  = "tf-out"
}
resource "alicloud_vpc_prefix_list" "offices" {
  prefix_list_name        = "tf-offices"
  prefix_list_description = "offices"
  max_entries             = 3
  entrys {
    cidr        = "192.0.2.0/24"
    description = "Bonn"
  }
}
resource "alicloud_network_acl" "db" {
  network_acl_name = "tf-db"
  description      = var.words
  vpc_id           = alicloud_vpc.v.id
  ingress_acl_entries {
    network_acl_entry_name = "db"
    policy                 = "accept"
    protocol               = "tcp"
    port                   = var.port
    source_cidr_ip         = "10.1.0.9/24"
  }
  ingress_acl_entries {
    network_acl_entry_name = "nothing-else"
    policy                 = "drop"
    protocol               = "all"
    port                   = "-1/-1"
    source_cidr_ip         = "0.0.0.0/0"
  }
  egress_acl_entries {
    network_acl_entry_name = "answers"
    policy                 = "accept"
    protocol               = "tcp"
    port                   = "1024/65535"
    destination_cidr_ip    = "10.1.0.0/24"
  }
  resources {
    resource_id   = alicloud_vswitch.db.id
    resource_type = "VSwitch"
  }
  tags = { tier = "db" }
}
data "alicloud_vpcs" "all" {
  ids        = [alicloud_vpc.v.id]
  depends_on = [alicloud_vswitch.db]
}
data "alicloud_vswitches" "web" {
  vpc_id     = alicloud_vswitch.web.vpc_id
  name_regex = "^tf-web$"
}
data "alicloud_route_tables" "out" {
  ids = [alicloud_route_table.out.id]
}
data "alicloud_network_acls" "db" {
  ids = [alicloud_network_acl.db.id]
}
output "vpcs" { value = data.alicloud_vpcs.all.vpcs[*].vpc_name }
output "vswitches" { value = data.alicloud_vswitches.web.vswitches[*].cidr_block }
output "tables" { value = data.alicloud_route_tables.out.tables[*].route_table_name }
output "acls" { value = data.alicloud_network_acls.db.acls[*].network_acl_name }
