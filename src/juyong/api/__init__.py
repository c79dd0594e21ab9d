"""The contract between services and gateway: products, operations, fields, errors, context."""
