"""The training engine that every trained method shares; it knows none of them.

A method is a `method.Method`: its ``prepare`` gives networks, their optimizers and a generator of
losses (a `task.Task`), the pictures to train on, and the facts that decide the weights. The engine
seeds, starts from other weights, resumes, validates and exports::

    task.py         what a method and its data look like from here
    processes.py    one process or many, on one machine or many; device and precision (accelerate)
    feed.py         positions of a stream -> batches on the device
    optimizers.py   Adam and Muon; the learning rate over the run
    update.py       one update of the weights, phase by phase, and their moving average (EMA)
    chance.py       the state of every random generator
    trainer.py      Training: all of this, advanced update by update, saved and loaded
    checkpoints.py  the files it is kept in, and what two runs differ in
    run_folder.py   everything else that is written of a run
    method.py       Method: what the engine has to know of a method; TrainedNetwork
    trained.py      trained networks read from run folders, checkpoints and model files
    predictor.py    the any-style network's predictor in torch, which losses use
    model_file.py   a trained network written as a model file, and compared with torch
    train.py        train(): prepared by a method, from the first update to the exported networks

Steps are updates of the weights. ``batch`` is what one update sees in all, split over processes
and over the passes of an accumulation, so a run means the same on a laptop and on eight machines.

**Resuming is exact.** A run broken off at any step, also by Ctrl-C, ends with the same bytes as one
that was not: a checkpoint holds the weights, their average, the optimizers, the number of the step
(from which the learning rate and the place in the data follow), the state of the random generators
and what the task keeps, for each process. With another number of processes, device or precision
the run resumes from exactly the same weights, but rounds and draws differently; the first step then
carries a note.

**Several processes** are started with ``accelerate launch`` or ``torchrun``; several on the CPU of
one machine only by the latter (``torchrun --nproc_per_node 2``), as the former leaves those to MPI.
Each works on its part of every batch, and gradients are averaged between backward and update, in
one message. That is what `DistributedDataParallel` would do, without its wrapper around the
networks, which does not take well to a network that is used several times in a loss or left out of
one, as adversarial training does. Losses must be means over the batch. Buffers are not averaged:
the networks here have none that learn (instance, not batch normalization). Only the main process
reads and writes the run folder, so machines need no common disk but for the pictures.

**Steps that are not finite** are left out, in all processes alike: weights, optimizer and average
stay, the learning rate moves on. Of a step with several phases those before the bad one stay.
Twenty in a row end the run.
"""
