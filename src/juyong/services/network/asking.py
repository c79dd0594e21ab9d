"""Parameters that operations of networks have in common."""

from typing import Annotated, Any

from juyong.api.fields import Between, Doc, Pattern, Text

Region = Annotated[str, Text(1, 64), Doc("The region, which is the one called.")]
HERE: dict[str, Any] = {"region_id": Region | None}
"""The region. The gateway refuses another one than that of the host; see Product.other_region."""
_NO_LINK = r"(?!https?://)"
Name = Annotated[
    str,
    Pattern(_NO_LINK + r"[^\x00-\x1f\x7f]{1,128}"),
    Doc("1 to 128 characters that do not begin with `http://` or `https://`."),
]
Description = Annotated[
    str,
    Pattern(_NO_LINK + r"[^\x00-\x1f\x7f]{1,256}"),
    Doc("1 to 256 characters that do not begin with `http://` or `https://`."),
]
NameOrNone = Annotated[
    str,
    Pattern(_NO_LINK + r"[^\x00-\x1f\x7f]{0,128}"),
    Doc("Up to 128 characters that do not begin with `http://` or `https://`."),
]
"""The name of an item of a list, which clients send empty where there is none."""
DescriptionOrNone = Annotated[
    str,
    Pattern(_NO_LINK + r"[^\x00-\x1f\x7f]{0,256}"),
    Doc("Up to 256 characters that do not begin with `http://` or `https://`."),
]
PageSize = Annotated[int, Between(1, 50), Doc("1 to 50.")]

NO_GROUPS = {"ResourceGroupId": "there are no resource groups"}
NO_IPV6 = "the networks of this platform carry IPv4 alone"
NO_IPAM = "addresses are given as blocks: there are no pools of an address manager"
