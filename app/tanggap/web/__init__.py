"""The browser's side: pages, forms, fragments, and the addresses that platforms call."""
