"""Errors that all faces of networks answer with the same code."""

from juyong.api.errors import fact

DENIED = (
    "Forbidden.RAM",
    403,
    "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
)
"""The refusal of a call that no policy allows, for the dialects of products."""
NoRegion = fact(
    "InvalidRegionId.NotFound",
    404,
    "The specified RegionId does not exist.",
    why="The parameter names another region than the one called, or that one is no region.",
)
NoVpc = fact(
    "InvalidVpcId.NotFound",
    404,
    "Specified VPC does not exist.",
    why="The region has no VPC of the id.",
)
NoVSwitch = fact(
    "InvalidVSwitchId.NotFound",
    404,
    "VSwitch not exist.",
    why="The region has no vSwitch of the id.",
)
NoZone = fact(
    "InvalidZoneId.NotFound",
    404,
    "Specified zone does not exist.",
    why="The region has no such zone.",
)
