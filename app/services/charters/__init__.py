"""Charters: their versions, who accepted them, and trying out amendments."""
