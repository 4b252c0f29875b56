"""What was found, held against the paper's claims, and sets of solutions against one another."""
