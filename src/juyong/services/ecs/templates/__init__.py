"""Launch templates: parameters of instances that are kept under a name, in numbered versions."""
