terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}
resource "alicloud_cms_alarm_contact" "c" {
  alarm_contact_name = "tf-ops"
  describe           = "on call"
  channels_mail      = "ops@example.com"
  lang               = "en"
}
resource "alicloud_cms_alarm_contact_group" "g" {
  alarm_contact_group_name = "tf-group"
  describe                 = "those on call"
  contacts                 = [alicloud_cms_alarm_contact.c.alarm_contact_name]
}
resource "alicloud_cms_alarm" "a" {
  name               = "denied calls"
  project            = "acs_ram"
  metric             = "DeniedCount"
  metric_dimensions  = "[{\"resource\":\"_ALL\"}]"
  period             = 60
  contact_groups     = [alicloud_cms_alarm_contact_group.g.alarm_contact_group_name]
  effective_interval = "00:00-23:59"
  webhook            = "https://hooks.example.com/t0ken"
  escalations_critical {
    statistics          = "Sum"
    comparison_operator = ">="
    threshold           = "3"
    times               = 5
  }
}
resource "alicloud_cms_event_rule" "e" {
  rule_name    = "tf-rotations"
  description  = "failed rotations"
  status       = "ENABLED"
  silence_time = 100
  event_pattern {
    product         = "kms"
    level_list      = ["CRITICAL"]
    name_list       = ["Secret:RotateSecret:Failure"]
    event_type_list = ["StatusNotification"]
  }
  contact_parameters {
    contact_parameters_id = "1"
    contact_group_name    = alicloud_cms_alarm_contact_group.g.alarm_contact_group_name
    level                 = "3"
  }
  webhook_parameters {
    webhook_parameters_id = "2"
    url                   = "https://hooks.example.com/e"
    method                = "POST"
    protocol              = "http"
  }
}
