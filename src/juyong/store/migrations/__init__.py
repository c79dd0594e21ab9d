"""Alembic migrations; files are named `<revision>_<slug>.py` with rising revisions."""
