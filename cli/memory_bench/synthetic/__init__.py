"""A suite of Ostiary's own, a topic a file: made from a seed, of nobody's data, and known to nothing that it asks."""
