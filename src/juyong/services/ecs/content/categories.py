"""The categories of disks: names that clients know, each with the sizes that it has.

Source: ECS, "Disk categories" (documented). All are alike here: how fast a disk is depends on the
machine that the platform runs on.
"""

SYSTEM_GIB = {
    "cloud_essd": (20, 2048),
    "cloud_auto": (20, 2048),
    "cloud_essd_entry": (20, 2048),
    "cloud_efficiency": (20, 2048),
    "cloud_ssd": (20, 2048),
}
"""Category of system disks to the least and the most GiB."""
DATA_GIB = {
    "cloud_essd": (20, 65536),
    "cloud_auto": (1, 65536),
    "cloud_essd_entry": (10, 32768),
    "cloud_efficiency": (20, 32768),
    "cloud_ssd": (20, 32768),
}
"""Category of data disks to the least and the most GiB."""
LEVELS = ("PL0", "PL1", "PL2", "PL3")
"""The performance levels of `cloud_essd`."""
LEVELLED = "cloud_essd"
