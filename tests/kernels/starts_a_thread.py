"""A module that nothing can be forked from once it is imported."""

import threading

threading.Thread(target=threading.Event().wait, daemon=True).start()
