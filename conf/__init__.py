"""The tree of configuration files, of which every command is composed."""
