terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}
variable "words" { type = string }
variable "port" { type = string }
variable "status" { type = string }
resource "alicloud_vpc" "v" {
  vpc_name   = "tf-public"
  cidr_block = "10.0.0.0/8"
}
resource "alicloud_vswitch" "s" {
  vpc_id     = alicloud_vpc.v.id
  zone_id    = "cn-hangzhou-h"
  cidr_block = "10.1.0.0/16"
}
resource "alicloud_eip_address" "e" {
  count                = 3
  address_name         = "tf-${count.index}"
  description          = "for ${count.index}"
  bandwidth            = "10"
  internet_charge_type = "PayByTraffic"
  payment_type         = "PayAsYouGo"
  isp                  = "BGP"
  netmode              = "public"
  tags                 = { tier = "web" }
}
resource "alicloud_nat_gateway" "n" {
  vpc_id           = alicloud_vpc.v.id
  vswitch_id       = alicloud_vswitch.s.id
  nat_gateway_name = "tf-nat"
  description      = var.words
  nat_type         = "Enhanced"
  network_type     = "internet"
  payment_type     = "PayAsYouGo"
  tags             = { tier = "edge" }
}
resource "alicloud_eip_association" "a" {
  count         = 2
  allocation_id = alicloud_eip_address.e[count.index].id
  instance_id   = alicloud_nat_gateway.n.id
  instance_type = "Nat"
}
resource "alicloud_snat_entry" "by_vswitch" {
  depends_on        = [alicloud_eip_association.a]
  snat_table_id     = alicloud_nat_gateway.n.snat_table_ids
  source_vswitch_id = alicloud_vswitch.s.id
  snat_ip           = alicloud_eip_address.e[0].ip_address
  snat_entry_name   = "tf-switch"
}
resource "alicloud_snat_entry" "by_block" {
  depends_on      = [alicloud_eip_association.a]
  snat_table_id   = alicloud_nat_gateway.n.snat_table_ids
  source_cidr     = "10.2.0.0/16"
  snat_ip         = alicloud_eip_address.e[0].ip_address
  snat_entry_name = var.words
}
resource "alicloud_forward_entry" "f" {
  depends_on         = [alicloud_eip_association.a]
  forward_table_id   = alicloud_nat_gateway.n.forward_table_ids
  forward_entry_name = "tf-forward"
  external_ip        = alicloud_eip_address.e[1].ip_address
  external_port      = var.port
  ip_protocol        = "tcp"
  internal_ip        = "10.1.0.50"
  internal_port      = "8080"
}
resource "alicloud_route_entry" "r" {
  route_table_id        = alicloud_vpc.v.route_table_id
  destination_cidrblock = "0.0.0.0/0"
  nexthop_type          = "NatGateway"
  nexthop_id            = alicloud_nat_gateway.n.id
}
resource "alicloud_vpc_flow_log" "l" {
  flow_log_name        = "tf-flows"
  description          = var.words
  resource_type        = "VPC"
  resource_id          = alicloud_vpc.v.id
  traffic_type         = "All"
  traffic_path         = ["all"]
  project_name         = "tf-flows"
  log_store_name       = "flows"
  aggregation_interval = "1"
  status               = var.status
  tags                 = { tier = "edge" }
}
data "alicloud_nat_gateways" "all" {
  ids = [alicloud_nat_gateway.n.id]
}
data "alicloud_eip_addresses" "all" {
  ids = alicloud_eip_address.e[*].id
}
output "nats" { value = data.alicloud_nat_gateways.all.gateways[*].nat_gateway_name }
output "eips" { value = length(data.alicloud_eip_addresses.all.addresses) }
