"""Synthetic Vietnamese licence plates: text by the grammar, drawing, weather, and scenes with known corners."""
