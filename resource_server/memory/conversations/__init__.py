"""What becomes of a conversation: pages, the segments they gather in, and what they say about the person.

The hierarchy is that of MemoryOS (Kang et al., EMNLP 2025, arXiv 2506.06326), without a language model in it.
"""
