"""Parts of a model, each of which knows its own costs."""
