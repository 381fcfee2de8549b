"""The other side of each row, as its own documentation would have it built, in a process of its own."""
