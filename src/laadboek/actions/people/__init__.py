"""Use cases of people: who signs in and how, who may see what, what programs may."""
