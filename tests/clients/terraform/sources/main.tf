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
  vpc_name   = "tf-sources"
  cidr_block = "10.0.0.0/8"
}
resource "alicloud_vswitch" "s" {
  vpc_id     = alicloud_vpc.v.id
  cidr_block = "10.1.0.0/24"
  zone_id    = data.alicloud_zones.z.zones[0].id
}
resource "alicloud_security_group" "g" {
  security_group_name = "tf-sources"
  vpc_id              = alicloud_vpc.v.id
}
resource "alicloud_ecs_prefix_list" "p" {
  prefix_list_name = "tf-sources"
  address_family   = "IPv4"
  max_entries      = 3
  description      = var.words
  entry {
    cidr        = "192.168.0.0/24"
    description = "one office"
  }
}
resource "alicloud_security_group_rule" "r" {
  security_group_id = alicloud_security_group.g.id
  type              = "ingress"
  ip_protocol       = "tcp"
  port_range        = "22/22"
  prefix_list_id    = alicloud_ecs_prefix_list.p.id
}
resource "alicloud_ecs_command" "c" {
  name            = "tf-sources"
  description     = "says so"
  type            = "RunShellScript"
  command_content = base64encode("echo so")
  timeout         = 60
  working_dir     = "/root"
}
resource "alicloud_ecs_key_pair" "k" {
  key_pair_name = "tf-sources"
  tags          = { words = replace(var.words, " ", "-") }
}
resource "alicloud_instance" "i" {
  instance_name        = "tf-sources"
  image_id             = data.alicloud_images.debian.images[0].id
  instance_type        = data.alicloud_instance_types.small.instance_types[0].id
  vswitch_id           = alicloud_vswitch.s.id
  security_groups      = [alicloud_security_group.g.id]
  system_disk_category = "cloud_essd"
}
resource "alicloud_ecs_key_pair_attachment" "a" {
  key_pair_name = alicloud_ecs_key_pair.k.key_pair_name
  instance_ids  = [alicloud_instance.i.id]
  force         = true
}
resource "alicloud_ecs_invocation" "v" {
  command_id  = alicloud_ecs_command.c.id
  instance_id = [alicloud_instance.i.id]
  depends_on  = [alicloud_ecs_key_pair_attachment.a]
}
resource "alicloud_ecs_network_interface" "n" {
  network_interface_name = "tf-sources"
  vswitch_id             = alicloud_vswitch.s.id
  security_group_ids     = [alicloud_security_group.g.id]
}
resource "alicloud_network_acl" "acl" {
  vpc_id           = alicloud_vpc.v.id
  network_acl_name = "tf-sources"
}
resource "alicloud_vpc_network_acl_attachment" "a" {
  network_acl_id = alicloud_network_acl.acl.id
  resource_id    = alicloud_vswitch.s.id
  resource_type  = "VSwitch"
}
resource "alicloud_route_table" "t" {
  vpc_id           = alicloud_vpc.v.id
  route_table_name = "tf-sources"
  associate_type   = "VSwitch"
}
resource "alicloud_route_entry" "e" {
  route_table_id        = alicloud_route_table.t.id
  destination_cidrblock = "172.16.0.0/16"
  nexthop_type          = "NetworkInterface"
  nexthop_id            = alicloud_ecs_network_interface.n.id
}
resource "alicloud_nat_gateway" "nat" {
  vpc_id           = alicloud_vpc.v.id
  vswitch_id       = alicloud_vswitch.s.id
  nat_gateway_name = "tf-sources"
  nat_type         = "Enhanced"
  payment_type     = "PayAsYouGo"
}
resource "alicloud_eip_address" "e" {
  address_name = "tf-sources"
}
resource "alicloud_eip_association" "e" {
  allocation_id = alicloud_eip_address.e.id
  instance_id   = alicloud_nat_gateway.nat.id
}
resource "alicloud_snat_entry" "s" {
  snat_table_id     = alicloud_nat_gateway.nat.snat_table_ids
  source_vswitch_id = alicloud_vswitch.s.id
  snat_ip           = alicloud_eip_address.e.ip_address
  snat_entry_name   = "tf-sources"
  depends_on        = [alicloud_eip_association.e]
}
resource "alicloud_log_project" "p" {
  project_name = "tf-sources-project"
}
resource "alicloud_log_store" "s" {
  project_name  = alicloud_log_project.p.project_name
  logstore_name = "flows"
}
resource "alicloud_vpc_flow_log" "f" {
  flow_log_name  = "tf-sources"
  resource_id    = alicloud_vpc.v.id
  resource_type  = "VPC"
  traffic_type   = "All"
  project_name   = alicloud_log_project.p.project_name
  log_store_name = alicloud_log_store.s.logstore_name
}
data "alicloud_instances" "d" {
  ids = [alicloud_instance.i.id]
}
data "alicloud_security_groups" "d" {
  ids = [alicloud_security_group.g.id]
}
data "alicloud_security_group_rules" "d" {
  group_id   = alicloud_security_group.g.id
  depends_on = [alicloud_security_group_rule.r]
}
data "alicloud_ecs_prefix_lists" "d" {
  ids            = [alicloud_ecs_prefix_list.p.id]
  enable_details = true
}
data "alicloud_vpc_prefix_lists" "d" {}
data "alicloud_ecs_commands" "d" {
  ids = [alicloud_ecs_command.c.id]
}
data "alicloud_ecs_key_pairs" "d" {
  ids = [alicloud_ecs_key_pair.k.id]
}
data "alicloud_ecs_network_interfaces" "d" {
  ids = [alicloud_ecs_network_interface.n.id]
}
data "alicloud_route_tables" "d" {
  ids = [alicloud_route_table.t.id]
}
data "alicloud_route_entries" "d" {
  route_table_id = alicloud_route_entry.e.route_table_id
  type           = "Custom"
}
data "alicloud_network_acls" "d" {
  ids = [alicloud_network_acl.acl.id]
}
data "alicloud_nat_gateways" "d" {
  ids = [alicloud_nat_gateway.nat.id]
}
data "alicloud_snat_entries" "d" {
  snat_table_id = alicloud_snat_entry.s.snat_table_id
}
data "alicloud_forward_entries" "d" {
  forward_table_id = alicloud_nat_gateway.nat.forward_table_ids
}
data "alicloud_eip_addresses" "d" {
  ids = [alicloud_eip_address.e.id]
}
data "alicloud_vpc_flow_logs" "d" {
  ids = [alicloud_vpc_flow_log.f.id]
}
output "found" {
  value = {
    instances  = data.alicloud_instances.d.instances[*].name
    groups     = data.alicloud_security_groups.d.groups[*].name
    rules      = data.alicloud_security_group_rules.d.rules[*].port_range
    lists      = data.alicloud_ecs_prefix_lists.d.lists[*].prefix_list_name
    commands   = data.alicloud_ecs_commands.d.commands[*].name
    keys       = data.alicloud_ecs_key_pairs.d.names
    interfaces = data.alicloud_ecs_network_interfaces.d.interfaces[*].network_interface_name
    tables     = data.alicloud_route_tables.d.names
    routes     = data.alicloud_route_entries.d.entries[*].cidr_block
    acls       = data.alicloud_network_acls.d.acls[*].network_acl_name
    nats       = data.alicloud_nat_gateways.d.names
    snats      = data.alicloud_snat_entries.d.entries[*].snat_entry_name
    eips       = data.alicloud_eip_addresses.d.names
    flows      = data.alicloud_vpc_flow_logs.d.names
  }
}
