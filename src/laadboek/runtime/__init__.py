"""Shells: sockets, turns, timers, the fleet. They act; the cores decide."""
