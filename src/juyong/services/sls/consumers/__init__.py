"""Consumer groups: who reads which shard, and how far."""
