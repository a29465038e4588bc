"""A whole class: queue, workers, machines."""
