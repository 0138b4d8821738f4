"""What is told of a graph: rows, things, names, texts."""
