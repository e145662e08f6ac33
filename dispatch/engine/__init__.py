"""The compiled search. Everything here works on plain arrays; `dispatch.engine.run` is its only door."""
