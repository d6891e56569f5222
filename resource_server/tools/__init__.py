"""The tools: one file a topic, plain typed functions, each with the scope it requires."""
