"""Rules to a plan: what every match of a pattern must hold, and what settings decide beforehand.

syntax.py     the text of a regular expression to a tree
factors.py    trees and operators to literals that each match must hold
"""
