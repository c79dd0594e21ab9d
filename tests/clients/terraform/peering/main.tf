terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}
provider "alicloud" {
  alias      = "other"
  access_key = var.other_key
  secret_key = var.other_secret
}
variable "words" { type = string }
variable "other_key" { type = string }
variable "other_account" { type = string }
variable "other_secret" {
  type      = string
  sensitive = true
}
data "alicloud_account" "own" {}

resource "alicloud_vpc" "v" {
  count      = 2
  vpc_name   = "tf-peering-${count.index}"
  cidr_block = "10.${count.index}.0.0/16"
}
resource "alicloud_vpc" "other" {
  provider   = alicloud.other
  vpc_name   = "tf-peering-other"
  cidr_block = "10.9.0.0/16"
}

resource "alicloud_vpc_peer_connection" "inside" {
  peer_connection_name = "tf-inside"
  description          = var.words
  vpc_id               = alicloud_vpc.v[0].id
  accepting_ali_uid    = data.alicloud_account.own.id
  accepting_region_id  = "cn-hangzhou"
  accepting_vpc_id     = alicloud_vpc.v[1].id
}
resource "alicloud_vpc_peer_connection" "across" {
  peer_connection_name = "tf-across"
  vpc_id               = alicloud_vpc.v[0].id
  accepting_ali_uid    = var.other_account
  accepting_region_id  = "cn-hangzhou"
  accepting_vpc_id     = alicloud_vpc.other.id
}
resource "alicloud_vpc_peer_connection_accepter" "across" {
  provider    = alicloud.other
  instance_id = alicloud_vpc_peer_connection.across.id
}

resource "alicloud_route_entry" "to" {
  route_table_id        = alicloud_vpc.v[0].route_table_id
  destination_cidrblock = "10.1.0.0/16"
  nexthop_type          = "VpcPeer"
  nexthop_id            = alicloud_vpc_peer_connection.inside.id
}

data "alicloud_vpc_peer_connections" "p" {
  vpc_id     = alicloud_vpc.v[0].id
  depends_on = [alicloud_vpc_peer_connection_accepter.across, alicloud_vpc_peer_connection.inside]
}
output "states" { value = distinct(data.alicloud_vpc_peer_connections.p.connections[*].status) }
output "names" { value = sort(data.alicloud_vpc_peer_connections.p.connections[*].peer_connection_name) }
