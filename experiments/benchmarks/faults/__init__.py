"""What goes wrong on purpose: kills, damaged files, wrong settings, signals; and what it costs."""
