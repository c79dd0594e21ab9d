"""Delivery-history jobs: the events of before a trail, delivered to its logstore once."""
