"""Formats that other people's counting programs read and write."""
