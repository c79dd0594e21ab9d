terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}
variable "words" { type = string }
variable "inner" { type = string }
resource "alicloud_vpc" "v" {
  vpc_name   = "tf-groups"
  cidr_block = "10.0.0.0/8"
}
resource "alicloud_security_group" "web" {
  security_group_name = "tf-web"
  description         = var.words
  vpc_id              = alicloud_vpc.v.id
  inner_access_policy = var.inner
  tags                = { tier = "web" }
}
resource "alicloud_security_group" "db" {
  security_group_name = "tf-db"
  vpc_id              = alicloud_vpc.v.id
}
resource "alicloud_security_group" "isolated" {
  security_group_name = "tf-isolated"
  security_group_type = "enterprise"
  vpc_id              = alicloud_vpc.v.id
}
resource "alicloud_ecs_prefix_list" "offices" {
  prefix_list_name = "tf-offices"
  address_family   = "IPv4"
  max_entries      = 3
  description      = "the offices"
  entry {
    cidr        = "192.0.2.0/24"
    description = "Bonn"
  }
}
resource "alicloud_security_group_rule" "https" {
  count             = 5
  type              = "ingress"
  ip_protocol       = "tcp"
  port_range        = "${443 + count.index}/${443 + count.index}"
  cidr_ip           = "0.0.0.0/0"
  policy            = "accept"
  priority          = 1
  description       = var.words
  security_group_id = alicloud_security_group.web.id
}
resource "alicloud_security_group_rule" "six" {
  type              = "ingress"
  ip_protocol       = "tcp"
  port_range        = "443/443"
  ipv6_cidr_ip      = "2001:db8::/32"
  nic_type          = "intranet"
  security_group_id = alicloud_security_group.web.id
}
resource "alicloud_security_group_rule" "offices" {
  type              = "ingress"
  ip_protocol       = "tcp"
  port_range        = "22/22"
  prefix_list_id    = alicloud_ecs_prefix_list.offices.id
  security_group_id = alicloud_security_group.web.id
}
resource "alicloud_security_group_rule" "db" {
  type                     = "ingress"
  ip_protocol              = "tcp"
  port_range               = "5432/5432"
  source_security_group_id = alicloud_security_group.web.id
  security_group_id        = alicloud_security_group.db.id
}
resource "alicloud_security_group_rule" "nothing_out" {
  type              = "egress"
  ip_protocol       = "all"
  port_range        = "-1/-1"
  cidr_ip           = "0.0.0.0/0"
  policy            = "drop"
  priority          = 100
  security_group_id = alicloud_security_group.db.id
}
data "alicloud_security_groups" "web" {
  name_regex = "^tf-web$"
  vpc_id     = alicloud_security_group.web.vpc_id
}
data "alicloud_security_group_rules" "db" {
  group_id   = alicloud_security_group.db.id
  direction  = "ingress"
  depends_on = [alicloud_security_group_rule.db]
}
output "web" { value = data.alicloud_security_groups.web.groups[*].name }
output "db" { value = data.alicloud_security_group_rules.db.rules[*].port_range }
