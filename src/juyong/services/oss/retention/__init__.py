"""Retention: the objects of a bucket stay as they are for some days, whoever asks."""
