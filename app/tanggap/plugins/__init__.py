"""Plugins: how they are found, loaded, called and told what happened."""
