"""The IMS product."""

from juyong.api.product import Dialect, Product

PRODUCT = Product(
    code="Ims",
    # IMS authorises under RAM's action prefix.
    ram_code="ram",
    version="2019-08-15",
    hosts=("ims",),
    title="Identity Management Service",
    is_global=True,
    dialect=Dialect(denied=("NoPermission", 403, "You are not authorized to do this action.")),
    service_codes=("ims",),
)
