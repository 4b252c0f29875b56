"""What Sphinx does for this site beyond its own: written pages, links, docstrings, and a check."""
