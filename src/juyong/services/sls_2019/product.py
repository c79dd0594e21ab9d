"""The older version of SLS: calls in the common RPC format, at one path of the hosts of SLS."""

from juyong.api.product import Dialect, Product, because

PRODUCT = Product(
    code="Sls-2019",
    ram_code="log",
    version="2019-10-23",
    hosts=("{region}.log.aliyuncs.com", "sls.aliyuncs.com"),
    at_path="/open-api",
    title="Simple Log Service (2019-10-23)",
    source="the older official SDK, aliyun-python-sdk-sls (observed)",
    dialect=Dialect(
        missing=("MissingParameter", 'The parameter "{name}" is mandatory.'),
        invalid_code="InvalidParameter",
    ),
    refused=because(
        {
            "logs of other products are collected by what those products set": (
                "AnalyzeProductLog AnalyzeAppLog *App"
            ),
            "alerts keep their history in the project that has them; there is no alert centre": (
                "InitProjectAlertResource InitUserAlertResource SetAlertCenterResource"
            ),
            "alerts are set by version 2020-12-30": "*Alert* DataExpressionProcess",
        }
    ),
)
