"""Files that leave the project for other programs: animation, models for phones, and the graphs and formats that these need.

No driver and no measurement lives here.
"""
