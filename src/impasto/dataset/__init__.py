"""Pictures to train on: a folder tree or TFRecord files, as an endless stream of crops.

::

    folder or .tfrecord -> picture_set -> Pictures -> Crops -> DataLoader(..., collate) -> Batch

==============  ====================================================================
pictures.py     Pictures, what every source of pictures can do; folder trees; open_pictures
choosing.py     which pictures of a set are used, and which are held out to validate
shards.py       TFRecord files as Pictures
framing.py      TFRecord: lengths, checksums, where each record begins; compressed files
example.py      a record: tf.train.Example to image, label, shape and pixels, and back
fast_decode.py  encoded bytes to pixels, no larger than needed
crops.py        Crops and Batch for training, centered for validation
writing.py      write a folder as TFRecord files
survey.py       the contents of a TFRecord file
==============  ====================================================================

``crops.py`` needs torch, the rest numpy and Pillow. Nothing is imported here, so that ``impasto
tfrecord`` does not wait for torch.
"""
