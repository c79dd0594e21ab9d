terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}

data "alicloud_account" "own" {}

resource "alicloud_oss_bucket" "archive" {
  bucket        = "tf-audit-archive"
  force_destroy = true
}
resource "alicloud_log_project" "audit" {
  project_name = "tf-audit-logs"
  description  = "the audit trail"
}
resource "alicloud_log_store" "findings" {
  project_name     = alicloud_log_project.audit.project_name
  logstore_name    = "findings"
  shard_count      = 2
  retention_period = 365
  auto_split       = false
}
resource "alicloud_log_store_index" "findings" {
  project  = alicloud_log_project.audit.project_name
  logstore = alicloud_log_store.findings.logstore_name
  full_text {
    token = " ,;"
  }
  field_search {
    name             = "severity"
    type             = "long"
    enable_analytics = true
  }
}
resource "alicloud_ram_role" "delivery" {
  name     = "tf-delivery"
  document = <<-DOCUMENT
    {
      "Version": "1",
      "Statement": [{
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": { "Service": ["actiontrail.aliyuncs.com"] }
      }]
    }
  DOCUMENT
}
resource "alicloud_ram_policy" "delivery" {
  policy_name     = "tf-delivery"
  policy_document = <<-DOCUMENT
    {
      "Version": "1",
      "Statement": [{
        "Effect": "Allow",
        "Action": [
          "oss:PutObject", "oss:GetBucketInfo", "log:GetProject",
          "log:CreateLogStore", "log:CreateIndex", "log:PostLogStoreLogs"
        ],
        "Resource": [
          "acs:oss:*:*:${alicloud_oss_bucket.archive.bucket}",
          "acs:oss:*:*:${alicloud_oss_bucket.archive.bucket}/*",
          "acs:log:*:*:project/${alicloud_log_project.audit.project_name}",
          "acs:log:*:*:project/${alicloud_log_project.audit.project_name}/*"
        ]
      }]
    }
  DOCUMENT
}
resource "alicloud_ram_role_policy_attachment" "delivery" {
  role_name   = alicloud_ram_role.delivery.name
  policy_name = alicloud_ram_policy.delivery.policy_name
  policy_type = "Custom"
}
resource "alicloud_actiontrail_trail" "audit" {
  depends_on         = [alicloud_ram_role_policy_attachment.delivery]
  trail_name         = "tf-audit"
  event_rw           = "All"
  trail_region       = "All"
  oss_bucket_name    = alicloud_oss_bucket.archive.bucket
  oss_key_prefix     = "actiontrail"
  oss_write_role_arn = alicloud_ram_role.delivery.arn
  sls_project_arn    = "acs:log:cn-hangzhou:${data.alicloud_account.own.id}:project/${alicloud_log_project.audit.project_name}"
  sls_write_role_arn = alicloud_ram_role.delivery.arn
}
resource "alicloud_cms_alarm_contact" "ops" {
  alarm_contact_name = "tf-audit-ops"
  describe           = "on call"
  channels_mail      = "ops@example.com"
  lang               = "en"
}
resource "alicloud_cms_alarm_contact_group" "ops" {
  alarm_contact_group_name = "tf-audit-ops"
  describe                 = "those on call"
  contacts                 = [alicloud_cms_alarm_contact.ops.alarm_contact_name]
}
resource "alicloud_cms_alarm" "denied" {
  name               = "tf-audit denied calls"
  project            = "acs_ram"
  metric             = "DeniedCount"
  metric_dimensions  = "[{\"resource\":\"_ALL\"}]"
  period             = 60
  contact_groups     = [alicloud_cms_alarm_contact_group.ops.alarm_contact_group_name]
  effective_interval = "00:00-23:59"
  escalations_critical {
    statistics          = "Sum"
    comparison_operator = ">="
    threshold           = "3"
    times               = 1
  }
}
