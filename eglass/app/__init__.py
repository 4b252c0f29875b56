"""The page in the browser: what is asked there is explored, and walked along as it is dragged."""
