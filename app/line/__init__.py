"""How anything outside is called."""
