"""A network of a command's own, in which every road leads to the platform.

The command runs in user, mount and network namespaces. The network has a loopback interface and
nothing else; all addresses of the world are local to it, every name resolves to one of them, and
the sockets that listen there are served from outside. See decision 0026.
"""
