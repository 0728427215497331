"""Laws, fakes and random scores for tests of etude and of its plugins."""
