"""The metadata service of instances: requests in, answers out; its sockets are the plane's."""
