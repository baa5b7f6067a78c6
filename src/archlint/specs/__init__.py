"""What kind of spec file this is, and readers for configs, cards and written figures."""
