"""What leaves the project as a file for others: animation, models for phones, and the graphs and formats that these need.

No driver lives here, and nothing that is measured.
"""
