# What needs more than `pytest`. Everything else: see CONTRIBUTING.md.

.PHONY: test-editors extension

# Drives VS Code, Neovim and Emacs; installs them first (Debian and npm packages; what cannot be had is skipped).
test-editors:
	tests/editors/run.sh

# The VS Code extension: editors/vscode/archlint.vsix
extension:
	cd editors/vscode && npm ci --no-audit --no-fund --ignore-scripts && npm run --silent package
