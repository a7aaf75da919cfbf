"""Where students' code runs: a warm process in bubblewrap, and a fork of it for each submission."""
