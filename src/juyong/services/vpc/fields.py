"""Parameters that operations of VPC have in common."""

from typing import Annotated, Any

from juyong.api.fields import Doc, Text

Region = Annotated[str, Text(1, 64), Doc("The region, which is that of the host.")]
IN_REGION: dict[str, Any] = {"region_id": Region}
"""The region, which the gateway compares with that of the host."""
OF_REGION: dict[str, Any] = {"region_id": Region | None}
"""The region, of calls that may leave the region out."""
