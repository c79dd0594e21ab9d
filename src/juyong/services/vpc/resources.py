"""The types of resources that VPC has here."""

from juyong.services.network.public.eip import EIP

RESOURCES = (EIP,)
