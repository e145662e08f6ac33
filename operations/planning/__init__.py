"""The live plan: read it as a planning problem, ask the planner, write its answer back."""
