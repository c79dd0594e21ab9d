terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}

locals {
  keys = [alicloud_kms_key.main.id, alicloud_kms_key.signing.id, alicloud_kms_key.renewed.id]
}

variable "name" {}
variable "comments" {}
variable "interval" {}
variable "version_id" {}
variable "team" {}

# Credentials, region, account and endpoints come from the environment.
provider "alicloud" {}

resource "alicloud_kms_key" "main" {
  description            = var.comments
  automatic_rotation     = "Enabled"
  rotation_interval      = var.interval
  pending_window_in_days = 7
  tags                   = { team = var.team }
}

resource "alicloud_kms_key" "signing" {
  description            = "signs"
  key_spec               = "EC_P256"
  key_usage              = "SIGN/VERIFY"
  pending_window_in_days = 7
}

resource "alicloud_kms_key" "renewed" {
  pending_window_in_days = 7
}

resource "alicloud_kms_key_version" "renewed" {
  key_id = alicloud_kms_key.renewed.id
}

resource "alicloud_kms_alias" "main" {
  alias_name = "alias/${var.name}"
  key_id     = alicloud_kms_key.main.id
}

resource "alicloud_kms_ciphertext" "words" {
  key_id             = alicloud_kms_key.main.id
  plaintext          = base64encode("Ann O'Neill ~*+/=& 安")
  encryption_context = { "for" = "安 & co" }
}

resource "alicloud_kms_ciphertext" "plain" {
  key_id    = alicloud_kms_alias.main.alias_name
  plaintext = base64encode("no context")
}

resource "alicloud_kms_secret" "db" {
  secret_name                   = "${var.name}/db"
  description                   = var.comments
  version_id                    = var.version_id
  secret_data                   = "password of ${var.version_id}"
  encryption_key_id             = alicloud_kms_key.main.id
  force_delete_without_recovery = true
  tags                          = { team = "blue" }
}

data "alicloud_kms_plaintext" "words" {
  ciphertext_blob    = alicloud_kms_ciphertext.words.ciphertext_blob
  encryption_context = { "for" = "安 & co" }
}

data "alicloud_kms_plaintext" "plain" {
  ciphertext_blob = alicloud_kms_ciphertext.plain.ciphertext_blob
}

data "alicloud_kms_aliases" "all" {
  name_regex = "^${alicloud_kms_alias.main.alias_name}$"
}

data "alicloud_kms_keys" "all" {
  ids = local.keys
}

data "alicloud_kms_secrets" "all" {
  ids = [alicloud_kms_secret.db.id]
}

output "keys" { value = sort(local.keys) }
output "listed" { value = sort([for key in data.alicloud_kms_keys.all.keys : key.id]) }
output "rotates" { value = alicloud_kms_key.main.rotation_interval }
output "aliases" { value = [for alias in data.alicloud_kms_aliases.all.aliases : alias.alias_name] }
output "secrets" { value = data.alicloud_kms_secrets.all.names }
output "words" { value = base64decode(data.alicloud_kms_plaintext.words.plaintext) }
output "plain" { value = base64decode(data.alicloud_kms_plaintext.plain.plaintext) }

resource "alicloud_ecs_key_pair" "ops" {
  key_pair_name = "${var.name}-ops"
  tags          = { team = var.team }
}
