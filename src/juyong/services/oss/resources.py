"""The product's types of resources."""

from juyong.services.oss.buckets.bucket import BUCKET

RESOURCES = (BUCKET,)
