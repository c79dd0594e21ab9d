"""The rules of tags, which ECS shares with VPC."""

from juyong.services.network.tags import RULES, TagFilter, Tags, TooManyTags

__all__ = ["RULES", "TagFilter", "Tags", "TooManyTags"]
