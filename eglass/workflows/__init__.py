"""Many explorations: which targets, what is recorded already, and what is made of all of them."""
