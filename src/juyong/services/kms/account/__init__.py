"""The service itself: regions, whether it is open, and the instance of each account."""
