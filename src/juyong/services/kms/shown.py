"""The members of answers about keys and secrets that are left out where they are not set."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from juyong.api.shape import Of
from juyong.base.clock import iso
from juyong.services.kms.intervals import interval_text

Optional = str | msgspec.UnsetType


def if_set(show: Callable[[Any], str] = str) -> Callable[[Any], Optional]:
    """Return what shows a value, and leaves a value out that is None, empty or 0."""
    return lambda value: show(value) if value else msgspec.UNSET


IfSet = Annotated[Optional, Of(through=if_set())]
OwnInstance = Annotated[Optional, Of("instance_id", if_set())]
RotationInterval = Annotated[Optional, Of("rotation_seconds", if_set(interval_text))]
LastRotation = Annotated[Optional, Of("last_rotation_at", if_set(iso))]
NextRotation = Annotated[Optional, Of("next_rotation_at", if_set(iso))]
