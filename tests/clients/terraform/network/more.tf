resource "alicloud_route_table" "db" {
  vpc_id           = alicloud_vpc.app.id
  route_table_name = "tf-db"
  associate_type   = "VSwitch"
}
resource "alicloud_route_table_attachment" "db" {
  vswitch_id     = alicloud_vswitch.db.id
  route_table_id = alicloud_route_table.db.id
}
resource "alicloud_nat_gateway" "out" {
  vpc_id           = alicloud_vpc.app.id
  vswitch_id       = alicloud_vswitch.web.id
  nat_gateway_name = "tf-out"
  nat_type         = "Enhanced"
  payment_type     = "PayAsYouGo"
}
resource "alicloud_eip_address" "out" {
  address_name = "tf-out"
}
resource "alicloud_eip_association" "out" {
  allocation_id = alicloud_eip_address.out.id
  instance_id   = alicloud_nat_gateway.out.id
}
resource "alicloud_route_entry" "out" {
  route_table_id        = alicloud_route_table.db.id
  destination_cidrblock = "0.0.0.0/0"
  nexthop_type          = "NatGateway"
  nexthop_id            = alicloud_nat_gateway.out.id
}
resource "alicloud_snat_entry" "db" {
  snat_table_id     = alicloud_nat_gateway.out.snat_table_ids
  source_vswitch_id = alicloud_vswitch.db.id
  snat_ip           = alicloud_eip_address.out.ip_address
  depends_on        = [alicloud_eip_association.out]
}
resource "alicloud_log_project" "flows" {
  project_name = "tf-network-flows"
}
resource "alicloud_log_store" "flows" {
  project_name  = alicloud_log_project.flows.project_name
  logstore_name = "flows"
}
resource "alicloud_vpc_flow_log" "app" {
  flow_log_name  = "tf-app"
  resource_type  = "VPC"
  resource_id    = alicloud_vpc.app.id
  traffic_type   = "All"
  project_name   = alicloud_log_project.flows.project_name
  log_store_name = alicloud_log_store.flows.logstore_name
}
