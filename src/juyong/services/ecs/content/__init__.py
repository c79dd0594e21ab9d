"""The types of instances, images and categories of disks that this platform offers."""
