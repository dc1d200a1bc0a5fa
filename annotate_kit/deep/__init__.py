"""Networks trained on a folder's pictures, from labels or from the votes themselves.

All but `settings` needs PyTorch.
"""
