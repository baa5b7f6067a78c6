"""What an architecture implies, each figure with its derivation."""
