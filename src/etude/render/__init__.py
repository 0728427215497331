"""Score -> sound (`audio`), piano roll (`roll`) and printed music (`sheet`)."""
