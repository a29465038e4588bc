"""Fork warm kernels into sandboxes: a Jupyter kernel in a tenth of a second, for a program that nobody trusts.

    client ── asks for a kernel, and holds the connection
    server ── has imported what notebooks import; never sees a submission
      └─ supervisor ── one for each kernel
           └─ kernel ── in its sandbox

1. The `server` keeps one kernel ahead: it forks a `supervisor`, which prepares the `sandbox`, forks the kernel into it
   and waits for a client to connect to the server's socket.
2. The `kernel` is an ordinary ipykernel with its sockets in a folder of its own. It drops every privilege before it
   knows what it will run.
3. The client is the `provisioner`, which Jupyter finds by its entry point. It says which files the kernel's folder
   holds, which environment the kernel has and what it may use, and gets the connection's key. The supervisor then
   watches: beyond a limit, or when the connection closes, it ends the kernel and all that runs in the same sandbox.
4. Each process is a child of another or holds the other end of a pipe: if one dies, what it started dies, too.
"""
