"""Text to a tree with exact ranges: JSON, YAML and YAML front matter."""
