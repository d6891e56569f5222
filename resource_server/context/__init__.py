"""What a tool may ask for: the caller, and things that belong to the caller and cannot name anybody else."""
