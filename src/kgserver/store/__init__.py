"""Built revisions: what is stored, where, and which is current."""
