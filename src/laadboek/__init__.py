"""Laadboek: the charging ledger."""
