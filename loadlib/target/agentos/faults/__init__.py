"""Hand-written streams that correct software cannot emit: a table of modes per protocol, and the player."""
