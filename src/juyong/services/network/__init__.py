"""The model of networks, which ECS and VPC are two faces of."""
