"""From solutions to students' notebooks, and the proofs that both are sound."""
