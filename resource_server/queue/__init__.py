"""The gateway by a queue in Redis: requests in one stream, answers in another, any number of workers between."""
