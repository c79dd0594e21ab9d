"""State: typed rows over SQLAlchemy Core tables, transactions, migrations, sealed columns."""
