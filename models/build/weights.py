"""Reads a PyTorch checkpoint of the legacy format without PyTorch.

The file is a run of pickles (magic number, protocol, machine description, the tensors' directory, the storages' order)
followed by each storage's length and raw little-endian values. Unpickling arbitrary data runs arbitrary code, so the
unpickler here knows four names and refuses every other.
"""

import collections
import io
import pickle
import struct

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


class _Storage:
    """A flat array that the directory refers to before the file has said what is in it."""

    def __init__(self, dtype, count):
        self.dtype = np.dtype(dtype)
        self.count = count
        self.values = None


class _Tensor:
    """A view of a storage: offset, shape and strides count elements."""

    def __init__(self, storage, offset, shape, strides, *_):
        self.storage = storage
        self.offset = offset
        self.shape = shape
        self.strides = strides

    def array(self):
        # Strides are honoured: convolutions in these files are stored in TensorFlow's order and only viewed in PyTorch's.
        item = self.storage.dtype.itemsize
        view = np.lib.stride_tricks.as_strided(
            self.storage.values[self.offset :], self.shape, [s * item for s in self.strides], writeable=False
        )
        return np.ascontiguousarray(view)


class _Directory(pickle.Unpickler):
    NAMES = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _Tensor,
        ("torch", "FloatStorage"): "<f4",
        ("torch", "LongStorage"): "<i8",
    }

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        try:
            return self.NAMES[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"the checkpoint asks for {module}.{name}, which is not allowed") from None

    def persistent_load(self, reference):
        kind, dtype, key, _device, count, view = reference
        if kind != "storage" or view is not None:
            raise pickle.UnpicklingError(f"unknown reference {reference!r}")
        return self.storages.setdefault(key, _Storage(dtype, count))


class _Plain(pickle.Unpickler):
    """For the pickles that hold numbers, strings and lists only."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"the checkpoint asks for {module}.{name} in its header")


def read_checkpoint(data):
    """Maps each tensor's name to a numpy array, from the bytes of a legacy `.pth` file."""
    file = io.BytesIO(data)
    if _Plain(file).load() != MAGIC or _Plain(file).load() != PROTOCOL:
        raise ValueError("not a legacy PyTorch checkpoint")
    if not _Plain(file).load()["little_endian"]:
        raise ValueError("a big-endian checkpoint")
    directory = _Directory(file)
    tensors = directory.load()
    for key in _Plain(file).load():
        storage = directory.storages[key]
        (count,) = struct.unpack("<q", file.read(8))
        if count != storage.count:
            raise ValueError(f"storage {key} holds {count} values, the directory says {storage.count}")
        storage.values = np.frombuffer(file.read(count * storage.dtype.itemsize), storage.dtype)
    return {name: tensor.array() for name, tensor in tensors.items()}
