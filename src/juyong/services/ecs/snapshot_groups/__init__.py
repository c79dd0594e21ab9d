"""Groups of snapshots, which are taken of several disks by one call."""
