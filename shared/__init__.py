"""What both servers need and neither owns; it imports neither of them."""
