"""The model of identity, which RAM and IMS both offer."""
