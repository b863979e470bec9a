"""A home, its charger and our platform on one heap in virtual time: no event loop, no threads, no sockets, one seed."""
