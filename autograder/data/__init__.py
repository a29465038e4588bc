"""Data sets and weights: what `datasets/registry.toml` names, fetched from its mirrors and verified."""
