"""Prove an assignment sound, and publish it."""
