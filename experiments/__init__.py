"""The paper's experiments: what to run and in which order, and no mathematics."""
