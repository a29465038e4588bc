"""A module that ends who imports it."""

import os
import signal

os.kill(os.getpid(), signal.SIGKILL)
