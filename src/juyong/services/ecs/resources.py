"""The types of resources that ECS has here."""

from juyong.services.ecs.key_pairs import KEY_PAIR

RESOURCES = (KEY_PAIR,)
