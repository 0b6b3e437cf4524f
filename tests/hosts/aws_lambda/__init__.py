"""AWS Lambda: the rules of its runtime API, the events that it sends."""
