"""Rules to a plan: what every match of a pattern must hold, and what settings decide beforehand.

factors.py    trees and operators to literals that each match must hold
"""
