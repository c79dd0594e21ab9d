"""The types of resources that VPC has here."""

from juyong.services.network.public.eip import EIP
from juyong.services.network.public.nat import NAT_GATEWAY

RESOURCES = (EIP, NAT_GATEWAY)
