"""Rules compiled from an ontology, and what follows by them."""
