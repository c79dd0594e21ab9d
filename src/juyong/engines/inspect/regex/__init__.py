"""Regular expressions of PCRE on bytes: read to a tree, written for a linear engine.

tree.py    the nodes
sets.py    sets of bytes: classes, case
parse.py   text to tree
write.py   tree to the common syntax of RE2 and Rust's regex
match.py   a bounded matcher for what no linear engine has
"""
