"""The evidence bundle of a ballot: its format, and what anyone can find out from it without the service.

docs/evidence.md describes the files for those who write a checking program of their own.
"""
