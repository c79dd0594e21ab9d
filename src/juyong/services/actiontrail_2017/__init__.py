"""The older version of ActionTrail, which scanners still call; see services.actiontrail."""
