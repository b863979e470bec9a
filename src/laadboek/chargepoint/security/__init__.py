"""How a link proves itself, and what is written down of it (security whitepaper): keys, certificates, events."""
