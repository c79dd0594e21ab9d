terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}
provider "alicloud" {}

variable "name" { type = string }
variable "team" { type = string }

resource "alicloud_oss_bucket" "main" {
  bucket        = "${var.name}-main"
  storage_class = "IA"
  force_destroy = true
  tags          = { team = var.team, env = "test" }

  versioning {
    status = "Enabled"
  }
  cors_rule {
    allowed_origins = ["https://app.example.test"]
    allowed_methods = ["GET", "PUT"]
    allowed_headers = ["authorization"]
    expose_headers  = ["etag"]
    max_age_seconds = 100
  }
  referer_config {
    allow_empty = true
    referers    = ["https://app.example.test/*"]
  }
  server_side_encryption_rule {
    sse_algorithm = "AES256"
  }
  lifecycle_rule {
    id      = "old"
    prefix  = "logs/"
    enabled = true
    expiration {
      days = 30
    }
  }
}

resource "alicloud_oss_bucket" "parts" {
  bucket        = "${var.name}-parts"
  force_destroy = true
  lifecycle {
    ignore_changes = [
      access_monitor, acl, cors_rule, logging, policy, referer_config, server_side_encryption_rule, versioning, website, transfer_acceleration
    ]
  }
}

resource "alicloud_oss_bucket_acl" "parts" {
  bucket = alicloud_oss_bucket.parts.bucket
  acl    = "public-read"
}

resource "alicloud_oss_bucket_policy" "parts" {
  bucket = alicloud_oss_bucket.parts.bucket
  policy = jsonencode({
    Version = "1"
    Statement = [{
      Effect    = "Deny"
      Principal = ["*"]
      Action    = ["oss:PutBucketReplication"]
      Resource  = ["acs:oss:*:*:${var.name}-parts"]
    }]
  })
}

resource "alicloud_oss_bucket_server_side_encryption" "parts" {
  bucket        = alicloud_oss_bucket.parts.bucket
  sse_algorithm = "AES256"
}

resource "alicloud_oss_bucket_versioning" "parts" {
  bucket = alicloud_oss_bucket.parts.bucket
  status = "Enabled"
}

resource "alicloud_oss_bucket_cors" "parts" {
  bucket = alicloud_oss_bucket.parts.bucket
  cors_rule {
    allowed_origins = ["*"]
    allowed_methods = ["GET"]
  }
}

resource "alicloud_oss_bucket_referer" "parts" {
  bucket              = alicloud_oss_bucket.parts.bucket
  allow_empty_referer = false
  referer_list        = ["https://app.example.test/*"]
  referer_blacklist   = ["https://evil.example.test/*"]
}

resource "alicloud_oss_bucket_https_config" "parts" {
  bucket       = alicloud_oss_bucket.parts.bucket
  enable       = true
  tls_versions = ["TLSv1.2", "TLSv1.3"]
}

resource "alicloud_oss_bucket_request_payment" "parts" {
  bucket = alicloud_oss_bucket.parts.bucket
  payer  = "Requester"
}

resource "alicloud_oss_bucket_transfer_acceleration" "parts" {
  bucket  = alicloud_oss_bucket.parts.bucket
  enabled = true
}

resource "alicloud_oss_bucket_access_monitor" "parts" {
  bucket = alicloud_oss_bucket.parts.bucket
  status = "Enabled"
}

resource "alicloud_oss_bucket" "unread" {
  bucket = "${var.name}-unread"
  access_monitor {
    status = "Enabled"
  }
  lifecycle_rule {
    id      = "unread"
    prefix  = "logs/"
    enabled = true
    transitions {
      days                     = var.team == "red" ? 60 : 30
      storage_class            = "IA"
      is_access_time           = true
      return_to_std_when_visit = true
    }
  }
}

resource "alicloud_oss_bucket" "kept" {
  bucket = "${var.name}-kept"
}

resource "alicloud_oss_bucket_worm" "kept" {
  bucket                   = alicloud_oss_bucket.kept.bucket
  retention_period_in_days = var.team == "red" ? 2 : 1
  status                   = "Locked"
}

resource "alicloud_oss_bucket_logging" "parts" {
  bucket        = alicloud_oss_bucket.parts.bucket
  target_bucket = alicloud_oss_bucket.main.bucket
  target_prefix = "log-${var.team}/"
}

resource "alicloud_oss_bucket_website" "parts" {
  bucket = alicloud_oss_bucket.parts.bucket
  index_document {
    suffix          = "index.html"
    support_sub_dir = true
    type            = "2"
  }
  error_document {
    key         = "error.html"
    http_status = "404"
  }
  routing_rules {
    routing_rule {
      rule_number = 1
      condition {
        key_prefix_equals               = "old/"
        http_error_code_returned_equals = "404"
      }
      redirect {
        redirect_type           = "External"
        protocol                = "https"
        host_name               = "${var.team}.example.test"
        http_redirect_code      = "301"
        replace_key_prefix_with = "new/"
      }
    }
  }
}

resource "alicloud_oss_bucket_object" "words" {
  bucket  = alicloud_oss_bucket.main.bucket
  key     = "a/words.txt"
  content = "words of ${var.team}"
}

data "alicloud_oss_buckets" "all" {
  name_regex = "^${var.name}-"
  depends_on = [alicloud_oss_bucket.main, alicloud_oss_bucket.parts, alicloud_oss_bucket.kept, alicloud_oss_bucket.unread]
}

data "alicloud_oss_bucket_objects" "all" {
  bucket_name = alicloud_oss_bucket.main.bucket
  depends_on  = [alicloud_oss_bucket_object.words]
}

data "alicloud_regions" "here" {
  current = true
}

output "buckets" { value = data.alicloud_oss_buckets.all.names }
output "objects" { value = data.alicloud_oss_bucket_objects.all.objects[*].key }
output "regions" { value = data.alicloud_regions.here.ids }
output "groups" {
  value = [for each in [alicloud_oss_bucket.main, alicloud_oss_bucket.kept] : substr(each.resource_group_id, 0, 7)]
}
