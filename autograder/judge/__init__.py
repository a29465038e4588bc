"""Verdicts on plain data. Nothing here imports, unpickles or evaluates what a submission wrote."""
