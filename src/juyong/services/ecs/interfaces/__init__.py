"""Elastic network interfaces."""
