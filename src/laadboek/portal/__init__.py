"""Web pages and the HTTP API over `actions`. Server-rendered; live values come over the bus."""
