"""Networks, their data and training, and the evaluation of every driver in one table."""
