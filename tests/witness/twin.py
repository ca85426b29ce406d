"""What the witnesses in Python share: a twin of their own, and checks that are counted."""

import json
import os
import signal
import subprocess
import unittest

PROGRAM = os.environ.get("INTERLINE_PROGRAM", "interline")


class Twin:
    """A twin that runs until it is stopped."""

    def __init__(self, *flags, vendor="planhat"):
        arguments = [PROGRAM, "--json", "twin", vendor, "--listen", "127.0.0.1:0", *flags]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the twin ended with {self.process.wait()} before it listened")
        self.url = json.loads(line)["url"]

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Checks(unittest.TestCase):
    """Tests against one twin for the whole class; every check is counted."""

    made = 0
    flags = ()
    vendor = "planhat"

    @classmethod
    def setUpClass(cls):
        cls.twin = Twin(*cls.flags, vendor=cls.vendor)
        cls.addClassCleanup(cls.twin.stop)

    def same(self, actual, expected, what=None):
        Checks.made += 1
        self.assertEqual(actual, expected, what)

    def holds(self, record, expected):
        """The record has these members, whatever else it has."""
        self.same({name: record.get(name) for name in expected}, dict(expected))

    def raised(self, error, act, *arguments, **named):
        """The act ends in this error, which is given back."""
        Checks.made += 1
        with self.assertRaises(error) as caught:
            act(*arguments, **named)
        return caught.exception


def main(name):
    """Runs the tests of the calling module; the count of checks comes last."""
    ran = unittest.main(module="__main__", exit=False, verbosity=1).result
    print(f"{name}: {Checks.made} checks")
    raise SystemExit(not ran.wasSuccessful())
