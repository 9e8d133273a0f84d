"""The staged build of one region, and several regions side by side."""
