"""Reading scans and their pictures from files, and cleaning them, up to one mesh.

No landmark is found and nothing is registered here.
"""
