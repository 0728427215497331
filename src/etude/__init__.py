"""etude learns symbolic music from a person's own collection, composes, plays, judges and explains it."""
