"""What people prove themselves with: passwords, one-time codes, and where they come from.

Pure: salts, seeds and the time are arguments.
"""
