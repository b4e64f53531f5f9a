"""Reports as JSON, Markdown and HTML, budgets, and whether two reports differ.

Nothing is timed here.
"""
