import os

# Two test processes on two cores: threads of linear algebra would wait for each other, at three times the CPU time.
# It is set before anything imports NumPy, and processes that tests start have it too.
for library in ("OMP", "OPENBLAS"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
