"""Other products' exports as neutral records: a file a source, none of which writes or runs anything."""
