"""What the audit pages show, a module for each."""
