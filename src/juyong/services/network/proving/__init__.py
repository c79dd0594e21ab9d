"""Assertions about reachability, proved or refuted by a packet."""
