"""What turns texts into vectors: one file an embedder, behind the protocol of `memory.embeddings`."""
