"""Warm kernels behind walls: a Jupyter kernel in a tenth of a second, for a program nobody trusts.

1. `server` is a process that has imported what notebooks import and does nothing else. It never sees a submission.
2. It keeps one fork ahead: a `keeper`, which puts up the walls (`walls`, on the system calls in `linux`), forks the
   kernel behind them and waits for somebody to connect to the server's socket.
3. The `kernel` is an ordinary ipykernel with its sockets in a folder of its own. It drops every privilege before it
   knows what it will run.
4. Who connects (`provisioner`, which Jupyter finds by its entry point) says what the keeper is to put into the
   kernel's folder, which environment it has and what it may use, and gets the connection's key. The keeper then
   watches: beyond a limit, or when the connection closes, it kills the kernel and with it all that runs behind the
   same walls.
5. Each end is somebody's child or holds the other end of a pipe: whichever dies, what it started dies, too.
"""
