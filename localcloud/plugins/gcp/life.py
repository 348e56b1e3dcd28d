"""How a resource of the simulated cloud comes, changes and goes, whatever its kind.

The cloud is changed with its lock held; what takes time is done with nothing locked.
"""

import datetime as dt

from localcloud.plugins.engine import Engine
from localcloud.plugins.gcp import errors
from localcloud.plugins.gcp.kind import Kind
from localcloud.plugins.gcp.store import Record, Store
from localcloud.plugins.provider import ProviderError


class Life:
    """Records of a cloud.

    Args:
        store: the cloud.
        engine: where messages go.
    """

    def __init__(self, store: Store, engine: Engine) -> None:
        self.store = store
        self.engine = engine

    def make(self, kind: Kind, record: Record, *, known: bool) -> Record:
        """Keep a new record and do what its kind needs; return it as it is then.

        Args:
            kind: of the record.
            record: as it is to be.
            known: whether the state has the resource: then nothing of an interrupted run is it.

        Raises:
            Refused: with the API's words.
            ProviderError: what takes time has failed; nothing is left then.
        """
        with self.store.changing():
            record = self._entered(kind, record, known=known)
            if kind.slow:
                record.status = "PROVISIONING"
            self.store.keep(record)
        self._start(kind, record)
        return record

    def _entered(self, kind: Kind, record: Record, *, known: bool) -> Record:
        """Return the new record, or that of an interrupted run, or refuse it."""
        there = self.store.find(record.path)
        if there is not None and kind.is_gone(there):
            self.store.drop(there.path)
            there = None
        if there is None or kind.shared or record.given.get("createIgnoreAlreadyExists"):
            kind.admit(self.store, record, there)
            self._stamp(kind, record, there)
            return record
        ours = there.urn == record.urn and not known
        if not ours or there.given != record.given:
            command = f"pulumi import {kind.token} NAME {id_of(kind, there)}"
            way_out = f"to take it into the stack: {command}; it is kept in"
            raise errors.exists(record.path, f"{way_out} {self.store.file(record.path)}")
        self.engine.info(record.urn, f"{record.path}: {errors.ADOPTED}")
        return there

    def _start(self, kind: Kind, record: Record) -> None:
        if not kind.slow:
            return
        try:
            kind.start(record)
        except ProviderError:
            with self.store.changing():
                self.store.drop(record.path)
            raise
        record.status = "RUNNING"
        with self.store.changing():
            self.store.keep(record)

    def change(self, kind: Kind, record: Record) -> None:
        """Keep a record in place of the one at its path.

        Raises:
            Refused: with the API's words.
        """
        with self.store.changing():
            there = self.store.find(record.path)
            if there is None:
                raise errors.not_found(record.path)
            record.urn = there.urn
            kind.admit(self.store, record, there)
            self._stamp(kind, record, there)
            self.store.keep(record)
        kind.changed(record)

    @staticmethod
    def _stamp(kind: Kind, record: Record, old: Record | None) -> None:
        stamp = "creationTimestamp"
        if stamp in kind.made:
            now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
            record.made[stamp] = (old.made.get(stamp) if old else None) or now

    def end(self, kind: Kind, path: str) -> None:
        """Remove what is at a path, unless it is in use; that it is gone already is success.

        Raises:
            Refused: with the API's words.
            ProviderError: its deletion is prevented.
        """
        with self.store.changing():
            record = self.store.find(path)
            if record is None:
                return
            policy = record.given.get("deletionPolicy")
            if policy == "PREVENT":
                raise ProviderError(
                    f"cannot destroy {kind.noun} {record.path} without setting"
                    ' deletion_policy to "DELETE" and running `pulumi up` first'
                )
            if policy == "ABANDON" or kind.stays(record):
                return
            kind.leave(self.store, record)
            if not kind.slow:
                self.store.drop(record.path)
                return
            record.status = "STOPPING"
            self.store.keep(record)
        kind.stop(record)
        with self.store.changing():
            self.store.drop(record.path)


def id_of(kind: Kind, record: Record) -> str:
    """Return the id that Pulumi has for a resource."""
    return kind.id.format(**record.place) if kind.id else record.path
