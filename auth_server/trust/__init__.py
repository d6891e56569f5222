"""Who may be a client here: switches, rules of hosts, tokens to register with, clients entered by hand."""
