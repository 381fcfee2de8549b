"""What monitors send, and what becomes of it."""
