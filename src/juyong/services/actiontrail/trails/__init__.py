"""Trails: which events go where, and how they are switched on and off."""
