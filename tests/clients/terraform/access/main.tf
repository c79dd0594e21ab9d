terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}

resource "alicloud_kms_network_rule" "office" {
  network_rule_name = "tf-office"
  description       = "made by Terraform"
  source_private_ip = ["10.10.10.10", "172.16.0.0/24"]
}

resource "alicloud_kms_policy" "use" {
  policy_name          = "tf-use"
  permissions          = ["RbacPermission/Template/CryptoServiceKeyUser", "RbacPermission/Template/CryptoServiceSecretUser"]
  resources            = ["secret/*", "key/*"]
  kms_instance_id      = "shared"
  access_control_rules = jsonencode({ NetworkRules = [alicloud_kms_network_rule.office.network_rule_name] })
}

resource "alicloud_kms_application_access_point" "app" {
  application_access_point_name = "tf-app"
  policies                      = [alicloud_kms_policy.use.policy_name]
}

resource "alicloud_kms_client_key" "app" {
  aap_name              = alicloud_kms_application_access_point.app.application_access_point_name
  password              = "Only-here-0nce!"
  not_before            = "2026-01-01T00:00:00Z"
  not_after             = "2031-01-01T00:00:00Z"
  private_key_data_file = "${path.module}/key.json"
}
