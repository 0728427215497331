"""Front ends: each parses a request, calls `etude.lab`, and shows what came back. No logic lives here."""
