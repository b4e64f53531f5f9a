"""Functions of `import softdeca` that join several packages, or import PyTorch only once they are called.

Nothing is computed here; the command line calls the same functions.
"""
