"""The chaos run: a server under load while its workers die, its data change and clients vanish."""
