"""Reports as JSON, Markdown and HTML, budgets, and the comparison of two reports.

Nothing is timed here.
"""
