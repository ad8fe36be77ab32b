"""Labels corrected by people, and the models that learn from them."""
