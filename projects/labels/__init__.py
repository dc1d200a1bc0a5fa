"""The labels of a project: which stand together, how they are pasted, and how a label set is changed."""
