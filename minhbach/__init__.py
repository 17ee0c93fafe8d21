"""Minh Bạch: transparency datasets of electronic government, from record to proven publication."""

__version__ = "0.1.0"
