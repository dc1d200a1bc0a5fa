"""Recorded answers, given once more through the real queue: how many labels would this project have needed?

`recording` reads the file; `playing` has one project labelled, batch by batch; `running` does so for several seeds and
for random order beside it, and can go on where it was stopped; `figures` and `drawing` say what came of it.
"""
