"""The suite's tests: ``unit`` mirrors ``loadlib``; ``support`` holds what they share."""
