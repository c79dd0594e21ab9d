"""The types of resources of RAM that the inventory keeps."""

from juyong.services.identity.users.groups import GROUP

RESOURCES = (GROUP,)
