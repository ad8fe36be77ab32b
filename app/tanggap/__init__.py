"""Tanggap: a self-hosted inbox for companies that answer customers on social platforms."""

__version__ = "0.1.0"
