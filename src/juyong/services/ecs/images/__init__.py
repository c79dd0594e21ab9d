"""Images: the public ones, and those that customers make of disks."""
