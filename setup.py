"""Finds the packages of the three source roots, which setup.cfg has no way to say. All metadata is in setup.cfg."""

from setuptools import find_packages, setup

ROOTS = {"taskcenter": "providers", "taskcenter_plugin": "plugins", "taskcenter_sandbox": "sandbox"}

setup(
    packages=[package for root in ROOTS.values() for package in find_packages(root)],
    package_dir={package: f"{root}/{package}" for package, root in ROOTS.items()},
)
