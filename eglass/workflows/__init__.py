"""Many explorations: which targets, what is recorded already, and what is made of all of them.

What stands behind the commands; none of it is public.
"""
