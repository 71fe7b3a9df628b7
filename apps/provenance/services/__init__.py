"""Sealing, checkpoints, proofs, bundles, exports and verification of what is recorded."""
