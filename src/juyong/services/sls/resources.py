"""The product's types of resources."""

from juyong.services.sls.logstores.logstore import LOGSTORE
from juyong.services.sls.projects.project import PROJECT

RESOURCES = (PROJECT, LOGSTORE)
