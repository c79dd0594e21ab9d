"""The model of identity that RAM and IMS are two faces of."""
