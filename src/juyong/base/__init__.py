"""Values every part shares: ids, clock, resource names, paging tokens. No I/O of its own."""
