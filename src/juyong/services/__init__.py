"""The products: a package each, found by scanning this folder, loaded at first use.

A package has `product.py` (cheap: the Product alone), `tables.py` when it keeps state, a module a
resource with its operations, and `facade.py` for what other services and the gateway may call.
"""
