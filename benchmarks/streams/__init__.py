"""Server-sent events side by side: prebuilt streams replayed by another process, read by several readers."""
