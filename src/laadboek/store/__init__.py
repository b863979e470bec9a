"""The only package that knows SQL. One file per aggregate."""
