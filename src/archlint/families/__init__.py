"""model_type to Architecture: one module per lineage."""
