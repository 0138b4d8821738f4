"""Files of a folder, read and located."""
