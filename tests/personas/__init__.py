"""Clients that cannot be run here, or not far enough, played request by request from what is known about them.

A persona is our imitation of a client's backend, from published documents, reports and logs; each file says which.
User agents that none of them names are guesses, and nothing depends on them.
It shows that such requests are answered as that client needs, not that the client itself connects.
"""
