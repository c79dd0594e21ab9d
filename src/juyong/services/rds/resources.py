"""The types of resources that RDS keeps; accounts and databases are in their own servers."""

from juyong.services.rds.instances import DB_INSTANCE

RESOURCES = (DB_INSTANCE,)
