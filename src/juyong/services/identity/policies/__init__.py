"""Policies and their attachments."""
