"""What differs between the Airflow versions that are supported (3.2, 3.3). Private: the constructors used here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.dag_processing.bundles.base import BundleVersion


def bundle_version(version: str) -> str | BundleVersion:
    """A bundle's version: 3.3 wants an object and warns of a text, 3.2 knows texts only."""
    try:
        from airflow.dag_processing.bundles.base import BundleVersion as Version
    except ImportError:
        return version
    made: Any = Version(version=version)
    return made  # type: ignore[no-any-return]
