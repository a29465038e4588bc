"""Grade on the nodes of a Slurm cluster: `python docs/slurm.py --nodes 4 -- a1`.

Run it on a login node, in the course's folder, in the environment that `make build` made; both must lie where all nodes
see them. It submits one job for each node, passes what follows `--` on to `autograder grade` as soon as the first one
runs, and cancels the jobs in the end, also if it is stopped. The same command goes on where it was.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from dask_jobqueue import SLURMCluster


def main() -> int:
    """Have jobs, grade on them, and end them; the exit code is that of `autograder grade`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=1, help="jobs, of one node each (1)")
    parser.add_argument("--cores", type=int, default=16, help="of a node; so many submissions at a time there (16)")
    parser.add_argument("--memory", default="64GB", help="of a node; 4 GB for each core is plenty (64GB)")
    parser.add_argument("--walltime", default="04:00:00", help="after which Slurm ends a job (04:00:00)")
    parser.add_argument("--partition", help="where jobs run, if not in the default one")
    parser.add_argument("--account", help="whom they are charged to")
    parser.add_argument("--interface", help="the network between login node and nodes, such as ib0 (guessed)")
    parser.add_argument("--directive", action="append", default=[], help="another line #SBATCH, such as --exclusive")
    parser.add_argument("--show", action="store_true", help="print the job script and submit nothing")
    parser.add_argument("grade", nargs="+", metavar="ARGUMENT", help="for `autograder grade`: a1, --student ada, …")
    args = parser.parse_args()
    with SLURMCluster(
        cores=args.cores,
        processes=1,  # one worker a node: its submissions share one server of kernels
        memory=args.memory,
        walltime=args.walltime,
        queue=args.partition,
        account=args.account,
        interface=args.interface,
        job_extra_directives=args.directive,
        python=sys.executable,
        local_directory="/tmp",
        scheduler_options={"dashboard_address": None},
        worker_extra_args=["--no-dashboard"],
    ) as cluster:
        if args.show:
            print(cluster.job_script())
            return 0
        cluster.scale(jobs=args.nodes)
        command = [sys.executable, "-m", "autograder", "grade", *args.grade, "--scheduler", cluster.scheduler_address]
        with subprocess.Popen(command) as grading:
            try:
                return grading.wait()
            except KeyboardInterrupt:  # it has been told as well, and says what is kept
                return grading.wait()


if __name__ == "__main__":
    sys.exit(main())
