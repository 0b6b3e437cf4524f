"""Engines that start a command: `fn call` under watchdogs, steps of workflows, shells."""
