"""Answering SPARQL: what a request asks for, what is let through, and who answers it."""
