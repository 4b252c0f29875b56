"""Figures, pages, tables and W&B runs, all from records; needs no torch."""
