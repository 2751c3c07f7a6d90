"""A stand-in for Mailercloud's marketing and e-mail APIs of one account."""
