"""The types of resources of RAM that the inventory keeps."""

from juyong.services.ram.groups import GROUP

RESOURCES = (GROUP,)
