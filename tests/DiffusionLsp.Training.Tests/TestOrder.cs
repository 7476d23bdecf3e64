// Fresh weights come from libtorch's one generator of random numbers in a process: tests that ran at the same time would
// take numbers from each other, and their weights would be others in every run.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
