terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}

variable "name" {}
variable "comments" {}

# Credentials, region, account and endpoints come from the environment.
provider "alicloud" {}

data "alicloud_caller_identity" "me" {}

resource "alicloud_ram_user" "ann" {
  name         = "${var.name}-ann"
  display_name = "Ann"
  comments     = var.comments
  force        = true
}

resource "alicloud_ram_login_profile" "ann" {
  user_name               = alicloud_ram_user.ann.name
  password                = "Correct-Horse-9-Battery"
  password_reset_required = true
}

resource "alicloud_ram_access_key" "ann" {
  user_name = alicloud_ram_user.ann.name
}

resource "alicloud_ram_group" "team" {
  name  = "${var.name}-team"
  force = true
}

resource "alicloud_ram_group_membership" "team" {
  group_name = alicloud_ram_group.team.name
  user_names = [alicloud_ram_user.ann.name]
}

resource "alicloud_ram_policy" "read" {
  policy_name = "${var.name}-read"
  description = var.comments
  policy_document = jsonencode({
    Version = "1"
    Statement = [{
      Effect    = "Allow"
      Action    = ["ram:GetUser"]
      Resource  = ["*"]
      Condition = { IpAddress = { "acs:SourceIp" = ["127.0.0.0/8"] } }
    }]
  })
  force = true
}

resource "alicloud_ram_group_policy_attachment" "read" {
  group_name  = alicloud_ram_group.team.name
  policy_name = alicloud_ram_policy.read.policy_name
  policy_type = alicloud_ram_policy.read.type
}

resource "alicloud_ram_user_policy_attachment" "ann" {
  user_name   = alicloud_ram_user.ann.name
  policy_name = "AliyunSTSAssumeRoleAccess"
  policy_type = "System"
}

resource "alicloud_ram_role" "ops" {
  name = "${var.name}-ops"
  document = jsonencode({
    Version = "1"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { RAM = ["acs:ram::${data.alicloud_caller_identity.me.account_id}:root"] }
    }]
  })
  force = true
}

resource "alicloud_ram_role_policy_attachment" "ops" {
  role_name   = alicloud_ram_role.ops.id
  policy_name = "AliyunRAMReadOnlyAccess"
  policy_type = "System"
}

resource "alicloud_ram_account_alias" "us" {
  account_alias = "${var.name}-company"
}

resource "alicloud_ram_account_password_policy" "strict" {
  minimum_password_length      = 12
  require_lowercase_characters = true
  require_uppercase_characters = true
  require_numbers              = true
  require_symbols              = true
  max_login_attempts           = 5
}

resource "alicloud_ram_security_preference" "strict" {
  enable_save_mfa_ticket        = false
  allow_user_to_change_password = true
}

resource "alicloud_ims_oidc_provider" "ci" {
  oidc_provider_name  = "${var.name}-ci"
  issuer_url          = "https://oauth.example.test"
  fingerprints        = ["902ef2deeb3c5b13ea4c3d5193629309e231ae55"]
  client_ids          = ["sts.aliyuncs.com"]
  issuance_limit_time = 12
}

data "alicloud_ram_users" "all" {
  name_regex = alicloud_ram_user.ann.name
}

data "alicloud_ram_roles" "all" {
  name_regex = alicloud_ram_role.ops.name
}

data "alicloud_ram_policies" "all" {
  type       = "System"
  name_regex = "^AliyunRAMReadOnlyAccess$"
}

output "caller" { value = data.alicloud_caller_identity.me.arn }
output "users" { value = data.alicloud_ram_users.all.names }
output "roles" { value = data.alicloud_ram_roles.all.names }
output "policies" { value = data.alicloud_ram_policies.all.names }
output "key" {
  value = alicloud_ram_access_key.ann.id
}
