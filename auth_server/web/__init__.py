"""What all routes share: requests read, pages drawn, failures answered."""
