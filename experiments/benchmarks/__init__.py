"""How fast it is: ours and its rivals in one run, interleaved; data first, drawings from them."""
