"""The regions clients know, with their display names.

Source: product endpoint lists and region pages (documented); a platform may add its own by the
setting `region`.
"""

# ruff: noqa: RUF001  # Chinese names have Chinese brackets.

from dataclasses import dataclass

from juyong.api.shape import Shape


@dataclass(frozen=True, slots=True)
class Region:
    """One region: its id and what consoles call it."""

    region_id: str
    english: str
    chinese: str


REGIONS: tuple[Region, ...] = (
    Region("cn-qingdao", "China (Qingdao)", "华北1（青岛）"),
    Region("cn-beijing", "China (Beijing)", "华北2（北京）"),
    Region("cn-zhangjiakou", "China (Zhangjiakou)", "华北3（张家口）"),
    Region("cn-huhehaote", "China (Hohhot)", "华北5（呼和浩特）"),
    Region("cn-wulanchabu", "China (Ulanqab)", "华北6（乌兰察布）"),
    Region("cn-hangzhou", "China (Hangzhou)", "华东1（杭州）"),
    Region("cn-shanghai", "China (Shanghai)", "华东2（上海）"),
    Region("cn-nanjing", "China (Nanjing)", "华东5（南京）"),
    Region("cn-shenzhen", "China (Shenzhen)", "华南1（深圳）"),
    Region("cn-heyuan", "China (Heyuan)", "华南2（河源）"),
    Region("cn-guangzhou", "China (Guangzhou)", "华南3（广州）"),
    Region("cn-chengdu", "China (Chengdu)", "西南1（成都）"),
    Region("cn-hongkong", "China (Hong Kong)", "中国香港"),
    Region("cn-shanghai-finance-1", "China (Shanghai Finance)", "华东2 金融云"),
    Region("cn-north-2-gov-1", "China (Beijing Government)", "华北2 阿里政务云1"),
    Region("ap-northeast-1", "Japan (Tokyo)", "日本（东京）"),
    Region("ap-northeast-2", "South Korea (Seoul)", "韩国（首尔）"),
    Region("ap-southeast-1", "Singapore", "新加坡"),
    Region("ap-southeast-3", "Malaysia (Kuala Lumpur)", "马来西亚（吉隆坡）"),
    Region("ap-southeast-5", "Indonesia (Jakarta)", "印度尼西亚（雅加达）"),
    Region("ap-southeast-6", "Philippines (Manila)", "菲律宾（马尼拉）"),
    Region("ap-southeast-7", "Thailand (Bangkok)", "泰国（曼谷）"),
    Region("us-west-1", "US (Silicon Valley)", "美国（硅谷）"),
    Region("us-east-1", "US (Virginia)", "美国（弗吉尼亚）"),
    Region("na-south-1", "Mexico", "墨西哥"),
    Region("eu-central-1", "Germany (Frankfurt)", "德国（法兰克福）"),
    Region("eu-west-1", "UK (London)", "英国（伦敦）"),
    Region("me-east-1", "UAE (Dubai)", "阿联酋（迪拜）"),
    Region("me-central-1", "Saudi Arabia (Riyadh)", "沙特（利雅得）"),
)

UNLISTED = frozenset(
    (
        *("ap-northeast-2-pop", "ap-south-1", "ap-southeast-2", "cn-beijing-finance-1"),
        *("cn-beijing-finance-pop", "cn-beijing-gov-1", "cn-beijing-nu16-b01", "cn-edge-1"),
        *("cn-fujian", "cn-fuzhou", "cn-haidian-cm12-c01", "cn-hangzhou-bj-b01"),
        *("cn-hangzhou-finance", "cn-hangzhou-internal-prod-1", "cn-hangzhou-internal-test-1"),
        *("cn-hangzhou-internal-test-2", "cn-hangzhou-internal-test-3", "cn-hangzhou-test-306"),
        *("cn-heyuan-acdr-1", "cn-hongkong-finance-pop", "cn-huhehaote-nebula-1"),
        *("cn-qingdao-nebula", "cn-shanghai-et15-b01", "cn-shanghai-et2-b01", "cn-shanghai-inner"),
        *("cn-shanghai-internal-test-1", "cn-shenzhen-cloudstone", "cn-shenzhen-finance-1"),
        *("cn-shenzhen-inner", "cn-shenzhen-st4-d01", "cn-shenzhen-su18-b01", "cn-wuhan"),
        *("cn-wuhan-lr", "cn-yushanfang", "cn-zhangbei", "cn-zhangbei-na61-b01"),
        *("cn-zhangjiakou-na62-a01", "cn-zhengzhou-nebula-1", "eu-west-1-oxs", "rus-west-1-pop"),
    )
)
"""Regions that official SDKs have a host for, and that no list shows: closed, local or private.

Source: the endpoint maps of the ECS, VPC and RDS SDKs (observed), product pages (documented).
"""
_KNOWN = UNLISTED.union(region.region_id for region in REGIONS)


class ListedRegion(Shape, frozen=True, kw_only=True):
    """A region as the DescribeRegions of a product lists it."""

    region_id: str
    local_name: str
    region_endpoint: str


def listed_regions(own: str, product: str, *, chinese: bool) -> list[ListedRegion]:
    """Return every region with a product's host in it; the names are Chinese or English."""
    return [
        ListedRegion(
            region_id=known.region_id,
            local_name=known.chinese if chinese else known.english,
            region_endpoint=f"{product}.{known.region_id}.aliyuncs.com",
        )
        for known in regions_with(own)
    ]


def regions_with(own: str) -> tuple[Region, ...]:
    """Return every region, the platform's own included, even if it is not a region of the cloud."""
    if any(region.region_id == own for region in REGIONS):
        return REGIONS
    return (*REGIONS, Region(own, own, own))


def is_known_region(region_id: str, own: str) -> bool:
    """Tell whether the platform has a region: each that clients know, and its own.

    Hosts can name any region: a client with a misspelt one would find an empty place.
    """
    return region_id == own or region_id in _KNOWN
