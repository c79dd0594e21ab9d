"""The public images.

Source: ECS, "Release notes for public images" (documented: how ids and families are spelled). An
instance here is a set of namespaces with the userland of the machine that the platform runs on:
the image tells clients a system, and does not change which files an instance sees.
"""

import msgspec

SIZE_GIB = 20
_MADE = (
    ("aliyun_3_x64", "20240528", "Aliyun", "Alibaba Cloud Linux  3.2104 LTS 64位"),
    ("debian_12_6_x64", "20240711", "Debian", "Debian  12.6 64位"),
    ("debian_11_9_x64", "20240711", "Debian", "Debian  11.9 64位"),
    ("ubuntu_24_04_x64", "20240812", "Ubuntu", "Ubuntu  24.04 64位"),
    ("ubuntu_22_04_x64", "20240710", "Ubuntu", "Ubuntu  22.04 64位"),
)
_FAMILIES = {
    "aliyun_3_x64": "acs:alibaba_cloud_linux_3_2104_lts_x64",
    "debian_12_6_x64": "acs:debian_12_6_x64",
    "debian_11_9_x64": "acs:debian_11_9_x64",
    "ubuntu_24_04_x64": "acs:ubuntu_24_04_x64",
    "ubuntu_22_04_x64": "acs:ubuntu_22_04_x64",
}


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """One image; made_at: As DescribeImages says, in UTC."""

    image_id: str
    family: str
    platform: str
    os_name: str
    os_name_en: str
    made_at: str


def _image(system: str, day: str, platform: str, os_name: str) -> Image:
    return Image(
        image_id=f"{system}_{SIZE_GIB}G_alibase_{day}.vhd",
        family=_FAMILIES[system],
        platform=platform,
        os_name=os_name,
        os_name_en=os_name.replace("64位", "64 bit"),
        made_at=f"{day[:4]}-{day[4:6]}-{day[6:]}T02:00:00Z",
    )


IMAGES = {image.image_id: image for image in (_image(*made) for made in _MADE)}
"""Every image by its id."""
FAMILIES = {image.family: image for image in IMAGES.values()}
"""The newest image of each family."""
